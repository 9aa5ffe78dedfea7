//! Faxes: one by one, in lists, and their progress.

use std::time::Duration;

use faxgate_db::Db;
use faxgate_db::faxes::{self, Fax, Filter, Progress};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{Direction, FaxStatus};

use crate::world::World;

on_both_databases![
    a_fax_reads_back_as_it_was_written,
    a_fax_of_another_tenant_is_not_there,
    a_call_brings_one_fax,
    faxes_are_listed_newest_first_page_by_page,
    filters_choose_and_count,
    faxes_of_the_same_moment_keep_one_order,
    progress_adds_up,
    open_faxes_are_told_from_finished_ones
];

async fn a_fax_reads_back_as_it_was_written(db: TestDb) {
    let world = World::new(&db).await;
    let mut fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["555-000-1111"]);
    fax.sender_e164 = Some("+15550000001".parse().unwrap());
    fax.remote_station_id = Some("ГРОМ \u{1F4E0} '; --".to_owned());
    fax.error = Some("the line is busy".to_owned());
    fax.simulated = true;
    fax.is_partial = true;
    fax.created_at = fax.created_at + Duration::from_micros(1);

    let mut tx = db.write(world.tenant).await.unwrap();
    faxes::insert(&mut tx, &fax).await.unwrap();
    let found = faxes::find(&mut tx, world.tenant, fax.id).await.unwrap();
    assert_eq!(format!("{:?}", found.unwrap()), format!("{fax:?}"));
}

async fn a_fax_of_another_tenant_is_not_there(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax;

    let mut tx = db.write(stranger.tenant).await.unwrap();
    let found = faxes::find(&mut tx, stranger.tenant, fax.id).await;
    assert!(found.unwrap().is_none());
    let locked = faxes::lock(&mut tx, stranger.tenant, fax.id).await;
    assert!(locked.unwrap().is_none());
    let listed = faxes::list(&mut tx, stranger.tenant, Filter::default(), 10, 0).await;
    assert!(listed.unwrap().is_empty());
    let counted = faxes::count(&mut tx, stranger.tenant, Filter::default()).await;
    assert_eq!(counted.unwrap(), 0);
}

async fn a_call_brings_one_fax(db: TestDb) {
    let world = World::new(&db).await;
    let received = || {
        let mut fax = world.seed.unsaved_fax(world.tenant, &world.document, &[]);
        fax.direction = Direction::Inbound;
        fax.call_key = Some("freeswitch:1".to_owned());
        (fax.user_id, fax.document_id) = (None, None);
        fax
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    faxes::insert(&mut tx, &received()).await.unwrap();
    let again = faxes::insert(&mut tx, &received()).await;
    assert!(again.is_err_and(|error| error.is_unique_violation()));
}

/// Stores `fax` as it is.
async fn store(db: &Db, fax: &Fax) {
    let mut tx = db.write(fax.tenant_id).await.unwrap();
    faxes::insert(&mut tx, fax).await.unwrap();
    tx.commit().await.unwrap();
}

/// Seven faxes, a second apart but for the fraction: whole seconds, and one microsecond to either side.
async fn seven(db: &Db, world: &World) -> Vec<Fax> {
    let mut stored = Vec::new();
    for offset in [0, 1, 999_999, 1_000_000, 1_000_001, 2_000_000, 2_500_000] {
        let mut fax = world
            .seed
            .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
        fax.created_at = world.now() + Duration::from_micros(offset);
        store(db, &fax).await;
        stored.push(fax);
    }
    stored.reverse();
    stored
}

async fn faxes_are_listed_newest_first_page_by_page(db: TestDb) {
    let world = World::new(&db).await;
    let stored = seven(&db, &world).await;
    let everything = Filter::default();

    let mut tx = db.read(world.tenant).await.unwrap();
    let mut listed = Vec::new();
    for offset in [0, 3, 6, 9] {
        let page = faxes::list(&mut tx, world.tenant, everything, 3, offset)
            .await
            .unwrap();
        assert!(page.len() <= 3);
        listed.extend(page);
    }
    let ids = |faxes: &[Fax]| faxes.iter().map(|fax| fax.id).collect::<Vec<_>>();
    assert_eq!(ids(&listed), ids(&stored));
    let count = faxes::count(&mut tx, world.tenant, everything).await;
    assert_eq!(count.unwrap(), 7);
}

async fn filters_choose_and_count(db: TestDb) {
    let world = World::new(&db).await;
    for (direction, status) in [
        (Direction::Outbound, FaxStatus::Sent),
        (Direction::Outbound, FaxStatus::Failed),
        (Direction::Inbound, FaxStatus::Received),
        (Direction::Inbound, FaxStatus::Failed),
    ] {
        let mut fax = world
            .seed
            .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
        (fax.direction, fax.status) = (direction, status);
        store(&db, &fax).await;
    }

    let mut tx = db.read(world.tenant).await.unwrap();
    for (direction, status, expected) in [
        (None, None, 4),
        (Some(Direction::Outbound), None, 2),
        (None, Some(FaxStatus::Failed), 2),
        (Some(Direction::Inbound), Some(FaxStatus::Failed), 1),
        (Some(Direction::Inbound), Some(FaxStatus::Sent), 0),
    ] {
        let filter = Filter { direction, status };
        let listed = faxes::list(&mut tx, world.tenant, filter, 10, 0)
            .await
            .unwrap();
        assert_eq!(listed.len(), expected, "{filter:?}");
        for fax in &listed {
            assert!(direction.is_none_or(|wanted| wanted == fax.direction));
            assert!(status.is_none_or(|wanted| wanted == fax.status));
        }
        let count = faxes::count(&mut tx, world.tenant, filter).await.unwrap();
        assert_eq!(count, i64::try_from(expected).unwrap(), "{filter:?}");
    }
}

async fn faxes_of_the_same_moment_keep_one_order(db: TestDb) {
    let world = World::new(&db).await;
    for _ in 0..10 {
        world.fax(&["+15550001111"]).await;
    }
    let mut tx = db.read(world.tenant).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for offset in 0..10 {
        let page = faxes::list(&mut tx, world.tenant, Filter::default(), 1, offset)
            .await
            .unwrap();
        seen.insert(page[0].id);
    }
    assert_eq!(seen.len(), 10, "no page repeats a fax, so none is left out");
}

async fn progress_adds_up(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax;
    world.seed.clock.advance(Duration::from_secs(60));
    let step = |status, more_seconds, error: Option<&str>| Progress {
        status,
        more_seconds,
        error: error.map(str::to_owned),
    };

    let mut tx = db.write(world.tenant).await.unwrap();
    for progress in [
        step(FaxStatus::Processing, 40, Some("the line is busy")),
        step(FaxStatus::Sent, 2, None),
    ] {
        faxes::progress(&mut tx, world.tenant, fax.id, &progress, world.now())
            .await
            .unwrap();
    }
    let found = faxes::find(&mut tx, world.tenant, fax.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.status, found.duration), (FaxStatus::Sent, 42));
    assert_eq!(found.updated_at, world.now());
    assert_eq!(found.created_at, fax.created_at);
    // What it says is the state now: a fax that was sent in the end has no error.
    assert_eq!(found.error, None);
}

async fn open_faxes_are_told_from_finished_ones(db: TestDb) {
    let world = World::new(&db).await;
    let mut all = Vec::new();
    for status in FaxStatus::ALL {
        let mut fax = world
            .seed
            .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
        fax.status = *status;
        store(&db, &fax).await;
        all.push(fax);
    }
    let ids: Vec<_> = all.iter().map(|fax| fax.id).collect();
    let mut tx = db.system_read("test").await.unwrap();
    let mut open = faxes::open_among(&mut tx, &ids).await.unwrap();
    open.sort();
    let is_open = |fax: &&Fax| matches!(fax.status, FaxStatus::Pending | FaxStatus::Processing);
    let mut expected: Vec<_> = all.iter().filter(is_open).map(|fax| fax.id).collect();
    expected.sort();
    assert_eq!(open, expected);
    assert!(faxes::open_among(&mut tx, &[]).await.unwrap().is_empty());
}
