//! Notices of what came in: each fax once, whoever tells of it, and how often.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::receptions::{self, Reception};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{FaxId, ReceptionId};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{World, system};

on_both_databases![
    a_notice_reads_back_as_it_was_written,
    a_second_witness_changes_nothing,
    of_many_witnesses_at_once_one_is_first,
    receptions_are_listed_by_state,
    what_became_of_it_is_written_down
];

fn notice(world: &World, call: &str, source: &str) -> Reception {
    Reception {
        id: ReceptionId::generate(&world.seed.ambient),
        call_key: call.to_owned(),
        source: source.to_owned(),
        to_number: "\u{202e}+15550000001'; DROP TABLE faxes; --".to_owned(),
        notice: r#"{"event":"received"}"#.to_owned(),
        file_key: Some("spool/1.tif".to_owned()),
        state: "waiting".to_owned(),
        tenant_id: None,
        fax_id: None,
        error: None,
        created_at: world.now(),
    }
}

async fn a_notice_reads_back_as_it_was_written(db: TestDb) {
    let world = World::new(&db).await;
    let notice = notice(&world, "freeswitch:1", "webhook");
    let mut tx = db.system("test").await.unwrap();
    assert!(receptions::insert(&mut tx, &notice).await.unwrap());
    let by_id = receptions::find(&mut tx, notice.id).await.unwrap();
    let by_call = receptions::by_call(&mut tx, "freeswitch:1").await.unwrap();
    for found in [by_id, by_call] {
        assert_eq!(format!("{:?}", found.unwrap()), format!("{notice:?}"));
    }
    let other = receptions::by_call(&mut tx, "freeswitch:2").await;
    assert!(other.unwrap().is_none());
}

async fn a_second_witness_changes_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let first = notice(&world, "freeswitch:1", "webhook");
    let second = notice(&world, "freeswitch:1", "cdr");
    let mut tx = db.system("test").await.unwrap();
    assert!(receptions::insert(&mut tx, &first).await.unwrap());
    assert!(!receptions::insert(&mut tx, &second).await.unwrap());
    tx.commit().await.unwrap();

    let all = system(&db, async |tx| receptions::list(tx, None, 10).await);
    let all = all.await.unwrap();
    assert_eq!((all.len(), &*all[0].source), (1, "webhook"));
}

async fn of_many_witnesses_at_once_one_is_first(db: TestDb) {
    let world = World::new(&db).await;
    let start = Arc::new(Barrier::new(8));
    let mut witnesses = JoinSet::new();
    for source in ["webhook", "event", "cdr", "sweep"].repeat(2) {
        let notice = notice(&world, "freeswitch:1", source);
        let (db, start) = (db.another_node(), start.clone());
        witnesses.spawn(async move {
            start.wait().await;
            let stored = system(&db, async |tx| receptions::insert(tx, &notice).await);
            stored.await.unwrap()
        });
    }
    let stored = witnesses.join_all().await;
    assert_eq!(stored.iter().filter(|stored| **stored).count(), 1);
}

async fn receptions_are_listed_by_state(db: TestDb) {
    let world = World::new(&db).await;
    for (call, state) in [("1", "waiting"), ("2", "unmatched"), ("3", "waiting")] {
        let mut notice = notice(&world, call, "cdr");
        notice.state = state.to_owned();
        let stored = system(&db, async |tx| receptions::insert(tx, &notice).await);
        assert!(stored.await.unwrap());
        world.seed.clock.advance(Duration::from_micros(1));
    }
    for (state, limit, expected) in [
        (None, 10, vec!["1", "2", "3"]),
        (None, 2, vec!["1", "2"]),
        (Some("waiting"), 10, vec!["1", "3"]),
        (Some("delivered"), 10, vec![]),
    ] {
        let listed = system(&db, async |tx| receptions::list(tx, state, limit).await);
        let listed = listed.await.unwrap();
        let calls: Vec<_> = listed.iter().map(|one| &*one.call_key).collect();
        assert_eq!(calls, expected, "{state:?}");
    }
}

async fn what_became_of_it_is_written_down(db: TestDb) {
    let world = World::new(&db).await;
    let mut reception = notice(&world, "freeswitch:1", "webhook");
    let mut tx = db.system("test").await.unwrap();
    receptions::insert(&mut tx, &reception).await.unwrap();
    reception.state = "delivered".to_owned();
    reception.tenant_id = Some(world.tenant);
    reception.fax_id = Some(FaxId::generate(&world.seed.ambient));
    reception.file_key = None;
    reception.error = Some("two pages are missing".to_owned());
    receptions::update(&mut tx, &reception, world.now())
        .await
        .unwrap();
    let found = receptions::find(&mut tx, reception.id).await.unwrap();
    assert_eq!(format!("{:?}", found.unwrap()), format!("{reception:?}"));
}
