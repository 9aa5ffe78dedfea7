//! Readers of the event log: where they begin, who reads on, and what belongs together.

use faxgate_db::events::{self, Event};
use faxgate_db::{Db, followers};
use faxgate_test_support::{Kind, TestDb, on_both_databases, run};
use faxgate_types::TenantId;
use serde_json::json;

use crate::world::{World, system};

on_both_databases![
    a_follower_begins_with_a_new_tenants_first_event,
    in_an_older_tenant_a_follower_begins_where_the_log_did,
    a_position_moves_with_its_transaction_only,
    entries_behind_a_number_come_in_order,
    an_entry_without_data_is_told_to_nobody
];

const NAME: &str = "clerk";

async fn append(db: &Db, world: &World, kinds: &[(&str, bool)]) -> i64 {
    let event = |(kind, public): &(&str, bool)| Event {
        fax: None,
        item: None,
        attempt: None,
        kind: (*kind).to_owned(),
        text: "something".to_owned(),
        data: public.then(|| json!({"number": "+15550000001"})),
        at: world.now(),
    };
    let told: Vec<_> = kinds.iter().map(event).collect();
    let mut tx = db.write(world.tenant).await.unwrap();
    let last = events::append_all(&mut tx, world.tenant, &told)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    last
}

async fn behind(db: &Db) -> Vec<TenantId> {
    system(db, async |tx| followers::behind(tx, NAME, &[], 10).await)
        .await
        .unwrap()
}

/// Gives the follower its first position.
async fn begin(db: &Db, tenant: TenantId) -> bool {
    let mut tx = db.write(tenant).await.unwrap();
    let begun = followers::begin(&mut tx, tenant, NAME).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

async fn a_follower_begins_with_a_new_tenants_first_event(db: TestDb) {
    let world = World::new(&db).await;
    assert_eq!(behind(&db).await, []);
    append(&db, &world, &[("number.added", true)]).await;
    assert_eq!(behind(&db).await, [world.tenant]);
    let besides = [world.tenant];
    let others = system(&db, async |tx| {
        followers::behind(tx, NAME, &besides, 10).await
    })
    .await
    .unwrap();
    assert_eq!(others, []);
    assert!(begin(&db, world.tenant).await);
    assert!(!begin(&db, world.tenant).await, "it has one");
    let mut tx = db.write(world.tenant).await.unwrap();
    let position = followers::position(&mut tx, world.tenant, NAME).await;
    assert_eq!(position.unwrap(), Some(0));
}

async fn in_an_older_tenant_a_follower_begins_where_the_log_did(db: TestDb) {
    let world = World::new(&db).await;
    let last = append(
        &db,
        &world,
        &[("number.added", true), ("number.changed", true)],
    )
    .await;
    // As the migration leaves it.
    crate::raw::execute(
        &db,
        &format!(
            "{}UPDATE tenants SET followers_begin = last_event_seq",
            role(&db)
        ),
    )
    .await;
    assert_eq!(behind(&db).await, []);
    append(&db, &world, &[("number.released", true)]).await;
    assert_eq!(behind(&db).await, [world.tenant]);
    begin(&db, world.tenant).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    let position = followers::position(&mut tx, world.tenant, NAME).await;
    assert_eq!(position.unwrap(), Some(last));
}

fn role(db: &TestDb) -> &'static str {
    match db.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "SET ROLE faxgate_system; ",
    }
}

async fn a_position_moves_with_its_transaction_only(db: TestDb) {
    let world = World::new(&db).await;
    let last = append(&db, &world, &[("number.added", true)]).await;
    begin(&db, world.tenant).await;
    for keep in [false, true] {
        let mut tx = db.write(world.tenant).await.unwrap();
        let position = followers::position(&mut tx, world.tenant, NAME).await;
        assert_eq!(position.unwrap(), Some(0));
        followers::advance(&mut tx, world.tenant, NAME, last)
            .await
            .unwrap();
        if keep {
            tx.commit().await.unwrap();
        }
    }
    assert_eq!(behind(&db).await, []);
}

async fn entries_behind_a_number_come_in_order(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    append(
        &db,
        &world,
        &[("one", true), ("two", false), ("three", true)],
    )
    .await;
    append(&db, &stranger, &[("theirs", true)]).await;
    let mut tx = db.read(world.tenant).await.unwrap();
    let found = events::after(&mut tx, world.tenant, 1, 10).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|row| (row.seq, row.event.kind.as_str()))
        .collect();
    assert_eq!(found, [(2, "two"), (3, "three")]);
    let first = events::after(&mut tx, world.tenant, 0, 1).await.unwrap();
    assert_eq!(first[0].event.data, Some(json!({"number": "+15550000001"})));
    assert_eq!(first[0].event.fax, None);
    assert_eq!(events::last_seq(&mut tx, world.tenant).await.unwrap(), 3);
    drop(tx);
    let both = [world.tenant, stranger.tenant];
    let mut last = system(&db, async |tx| events::last_seqs(tx, &both).await)
        .await
        .unwrap();
    last.sort_by_key(|(_, seq)| *seq);
    assert_eq!(last, [(stranger.tenant, 1), (world.tenant, 3)]);
}

async fn an_entry_without_data_is_told_to_nobody(db: TestDb) {
    let world = World::new(&db).await;
    append(
        &db,
        &world,
        &[("one", true), ("two", false), ("three", true)],
    )
    .await;
    let mut tx = db.read(world.tenant).await.unwrap();
    for (kinds, expected) in [(vec![], vec![1, 3]), (vec!["two", "three"], vec![3])] {
        let found = events::public_after(&mut tx, world.tenant, 0, &kinds, 10)
            .await
            .unwrap();
        let found: Vec<_> = found.iter().map(|row| row.seq).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn what_one_node_reads_another_passes_over() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        append(&db, &world, &[("number.added", true)]).await;
        begin(&db, world.tenant).await;
        let other = db.another_node();
        let mut reading = db.write(world.tenant).await.unwrap();
        let position = followers::position(&mut reading, world.tenant, NAME).await;
        assert_eq!(position.unwrap(), Some(0));
        let mut passing = other.write(world.tenant).await.unwrap();
        let position = followers::position(&mut passing, world.tenant, NAME).await;
        assert_eq!(position.unwrap(), None);
    });
}
