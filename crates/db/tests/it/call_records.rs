//! Records of calls, and nodes that tell of themselves.

use std::time::Duration;

use faxgate_db::call_records::{self, CallRecord};
use faxgate_db::nodes::{self, Node};
use faxgate_test_support::{Seed, TestDb, on_both_databases};
use faxgate_types::CallUuid;

use crate::world::system;

on_both_databases![
    a_record_is_kept_once_as_it_first_came,
    records_wait_in_the_order_they_came_until_they_are_deleted,
    a_node_has_one_row_that_it_writes_over
];

fn record(seed: &Seed, body: &str) -> CallRecord {
    CallRecord {
        call_uuid: CallUuid::generate(&seed.ambient),
        source: "switch-1".to_owned(),
        body: body.to_owned(),
        received_at: seed.now(),
    }
}

async fn a_record_is_kept_once_as_it_first_came(db: TestDb) {
    let seed = Seed::new(&db);
    let first = record(&seed, "first");
    let again = CallRecord {
        body: "again".to_owned(),
        ..first.clone()
    };
    let put = async |record| system(&db, async |tx| call_records::put(tx, record).await).await;
    assert!(put(&first).await.unwrap());
    assert!(!put(&again).await.unwrap());
    let call = first.call_uuid;
    let kept = system(&db, async |tx| call_records::get(tx, call).await).await;
    assert_eq!(kept.unwrap(), Some(first));
    let stranger = CallUuid::generate(&seed.ambient);
    let none = system(&db, async |tx| call_records::get(tx, stranger).await).await;
    assert_eq!(none.unwrap(), None);
}

async fn records_wait_in_the_order_they_came_until_they_are_deleted(db: TestDb) {
    let seed = Seed::new(&db);
    let mut records = Vec::new();
    for body in ["one", "two", "three"] {
        records.push(record(&seed, body));
        seed.clock.advance(Duration::from_secs(1));
    }
    for record in records.iter().rev() {
        let new = system(&db, async |tx| call_records::put(tx, record).await).await;
        assert!(new.unwrap());
    }
    let waiting = async |limit| {
        system(&db, async |tx| call_records::waiting(tx, limit).await)
            .await
            .unwrap()
    };
    let came = records
        .iter()
        .map(|record| (record.call_uuid, record.received_at))
        .collect::<Vec<_>>();
    assert_eq!(waiting(2).await, came[..2]);
    assert_eq!(waiting(10).await, came);

    let second = records[1].call_uuid;
    let delete = async || system(&db, async |tx| call_records::delete(tx, second).await).await;
    assert!(delete().await.unwrap());
    assert!(!delete().await.unwrap());
    let then = records[2].received_at;
    let old = system(&db, async |tx| {
        call_records::delete_older_than(tx, then).await
    })
    .await;
    assert_eq!(old.unwrap(), 1);
    assert_eq!(waiting(10).await, came[2..]);
}

async fn a_node_has_one_row_that_it_writes_over(db: TestDb) {
    let seed = Seed::new(&db);
    let node = |name: &str, lanes: &str| Node {
        name: name.to_owned(),
        started_at: seed.now(),
        beat_at: seed.now(),
        version: "0.1.0".to_owned(),
        lanes: lanes.to_owned(),
    };
    let beat = async |node: &Node| system(&db, async |tx| nodes::beat(tx, node).await).await;
    let (second, first) = (node("node-2", "sip"), node("node-1", "sip"));
    beat(&second).await.unwrap();
    beat(&first).await.unwrap();
    seed.clock.advance(Duration::from_secs(5));
    let restarted = node("node-2", "sip telnyx");
    beat(&restarted).await.unwrap();
    let all = system(&db, async |tx| nodes::all(tx).await).await;
    assert_eq!(all.unwrap(), [first, restarted]);
}
