//! What is kept by day, by number, and as a list of numbers.

use faxgate_db::destinations::{self, Destination};
use faxgate_db::usage::{self, Day, Usage};
use faxgate_db::{do_not_fax, tenants};
use faxgate_test_support::{Kind, TestDb, on_both_databases, run};
use faxgate_types::{E164, LineSettings, SendingPolicy};

use crate::world::{World, system};

on_both_databases![
    numbers_that_must_not_be_faxed_are_found,
    a_number_is_listed_once,
    usage_adds_up_by_day,
    a_destination_is_put_found_and_forgotten,
    destinations_are_listed_by_prefix,
    a_policy_is_kept
];

fn number(text: &str) -> E164 {
    text.parse().unwrap()
}

async fn numbers_that_must_not_be_faxed_are_found(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let (own, both, theirs) = ("+12125550001", "+12125550002", "+12125550003");
    let now = world.now();
    for (tenant, listed) in [
        (world.tenant, own),
        (world.tenant, both),
        (stranger.tenant, theirs),
    ] {
        let mut tx = db.write(tenant).await.unwrap();
        assert!(
            do_not_fax::add(&mut tx, tenant, &number(listed), "asked us", now)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
    let everybody = number(both);
    let added = system(&db, async |tx| {
        do_not_fax::add_for_everybody(tx, &everybody, "a private person", now).await
    });
    assert!(added.await.unwrap());

    let mut asked: Vec<E164> = (0..2000).map(|n| number(&format!("+1646{n:07}"))).collect();
    asked.extend([own, both, theirs].map(number));
    let mut tx = db.read(world.tenant).await.unwrap();
    let found = do_not_fax::among(&mut tx, world.tenant, &asked)
        .await
        .unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|entry| (entry.number.as_str(), entry.reason.as_str()))
        .collect();
    assert_eq!(found, [(own, "asked us"), (both, "asked us")]);
    drop(tx);
    let mut tx = db.read(stranger.tenant).await.unwrap();
    let found = do_not_fax::among(&mut tx, stranger.tenant, &asked)
        .await
        .unwrap();
    let reasons: Vec<_> = found.iter().map(|entry| entry.reason.as_str()).collect();
    assert_eq!(reasons, ["a private person", "asked us"]);
    let listed = do_not_fax::of_tenant(&mut tx, stranger.tenant, 10, 0)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
}

async fn a_number_is_listed_once(db: TestDb) {
    let world = World::new(&db).await;
    let (tenant, now, listed) = (world.tenant, world.now(), number("+12125550001"));
    let mut tx = db.write(tenant).await.unwrap();
    assert!(
        do_not_fax::add(&mut tx, tenant, &listed, "first", now)
            .await
            .unwrap()
    );
    assert!(
        !do_not_fax::add(&mut tx, tenant, &listed, "second", now)
            .await
            .unwrap()
    );
    let entries = do_not_fax::of_tenant(&mut tx, tenant, 10, 0).await.unwrap();
    assert_eq!(entries[0].reason, "first");
    assert!(do_not_fax::remove(&mut tx, tenant, &listed).await.unwrap());
    assert!(!do_not_fax::remove(&mut tx, tenant, &listed).await.unwrap());
    tx.commit().await.unwrap();
    let twice = system(&db, async |tx| {
        let added = do_not_fax::add_for_everybody(tx, &listed, "all", now).await?;
        let again = do_not_fax::add_for_everybody(tx, &listed, "all", now).await?;
        let entries = do_not_fax::for_everybody(tx, 10, 0).await?.len();
        let removed = do_not_fax::remove_for_everybody(tx, &listed).await?;
        Ok((added, again, entries, removed))
    });
    assert_eq!(twice.await.unwrap(), (true, false, 1, true));
}

/// A tenant changes its own list only, whatever the queries say.
#[test]
fn a_tenants_role_cannot_list_a_number_for_everybody() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        let raw = crate::raw::postgres(&db).await;
        let insert = format!(
            "BEGIN; SET LOCAL ROLE faxgate_app; SELECT set_config('faxgate.tenant', '{}', true); \
             INSERT INTO do_not_fax (id, number, reason, created_at) VALUES ('x', '+1', 'mine', now())",
            world.tenant
        );
        let refused = raw.batch_execute(&insert).await.unwrap_err();
        assert!(
            format!("{refused:?}").contains("row-level security"),
            "{refused:?}"
        );
    });
}

async fn usage_adds_up_by_day(db: TestDb) {
    let world = World::new(&db).await;
    let zone = "America/New_York".parse().unwrap();
    let today = Day::of(zone, world.now());
    let call = Usage {
        attempts: 1,
        line_seconds: 61,
        cost: 12_000,
        ..Usage::default()
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    for _ in 0..2 {
        usage::add(&mut tx, world.tenant, today, call)
            .await
            .unwrap();
    }
    let tomorrow = Day::of(zone, today.ends());
    usage::add(&mut tx, world.tenant, tomorrow, call)
        .await
        .unwrap();
    let twice = Usage {
        attempts: 2,
        line_seconds: 122,
        cost: 24_000,
        ..Usage::default()
    };
    assert_eq!(
        usage::of_day(&mut tx, world.tenant, today).await.unwrap(),
        twice
    );
    let latest = usage::latest(&mut tx, world.tenant, 10).await.unwrap();
    let expected = [
        ("2026-01-16".to_owned(), call),
        ("2026-01-15".to_owned(), twice),
    ];
    assert_eq!(latest, expected);
    tx.commit().await.unwrap();
    let stranger = world.stranger(&db).await;
    let mut tx = db.read(stranger.tenant).await.unwrap();
    let theirs = usage::of_day(&mut tx, stranger.tenant, today)
        .await
        .unwrap();
    assert_eq!(theirs, Usage::default());
}

async fn a_destination_is_put_found_and_forgotten(db: TestDb) {
    let world = World::new(&db).await;
    let is = Destination {
        max_calls: 4,
        line_settings: Some("ecm v17".parse::<LineSettings>().unwrap()),
        pinned: true,
        good: 3,
        bad: 1,
        note: Some("the county court".to_owned()),
        learned_at: Some(world.now()),
        ..Destination::unknown(number("+12125550001"), world.now())
    };
    let bare = Destination::unknown(is.number.clone(), world.now());
    system(&db, async |tx| destinations::put(tx, &is).await)
        .await
        .unwrap();
    let mut tx = db.read(world.tenant).await.unwrap();
    let found = destinations::find(&mut tx, &is.number).await.unwrap();
    assert_eq!(found, Some(is.clone()), "a tenant may look");
    drop(tx);
    let after = system(&db, async |tx| {
        destinations::put(tx, &bare).await?;
        let found = destinations::find(tx, &bare.number).await?;
        let removed = destinations::remove(tx, &bare.number).await?;
        Ok((found, removed, destinations::find(tx, &bare.number).await?))
    });
    assert_eq!(after.await.unwrap(), (Some(bare.clone()), true, None));
}

async fn destinations_are_listed_by_prefix(db: TestDb) {
    let world = World::new(&db).await;
    let numbers = ["+12125550002", "+12125550001", "+442071838750"];
    let listed = system(&db, async |tx| {
        for listed in numbers {
            let is = Destination::unknown(number(listed), world.now());
            destinations::put(tx, &is).await?;
        }
        let british = destinations::list(tx, "+44", 10, 0).await?.len();
        Ok((british, destinations::list(tx, "+1", 10, 0).await?))
    });
    let (british, american) = listed.await.unwrap();
    let american: Vec<_> = american
        .iter()
        .map(|d| d.number.as_str().to_owned())
        .collect();
    assert_eq!(
        (british, american),
        (1, vec![numbers[1].to_owned(), numbers[0].to_owned()])
    );
}

async fn a_policy_is_kept(db: TestDb) {
    let world = World::new(&db).await;
    let chosen = SendingPolicy {
        weight: Some(250),
        windows: vec!["Mon-Fri 08:00-18:00".parse().unwrap()],
        ..SendingPolicy::default()
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    let before = tenants::policy(&mut tx, world.tenant).await.unwrap();
    assert_eq!(before, Some(SendingPolicy::default()));
    assert!(
        tenants::set_policy(&mut tx, world.tenant, &chosen, world.now())
            .await
            .unwrap()
    );
    let after = tenants::policy(&mut tx, world.tenant).await.unwrap();
    assert_eq!(after, Some(chosen));
}
