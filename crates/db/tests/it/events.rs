//! The timeline has no gaps, however many write it.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::events::{self, Event};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{FaxId, ItemId, Timestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::World;

on_both_databases![
    a_timeline_reads_back_in_order,
    numbers_have_no_gaps,
    an_event_that_is_taken_back_leaves_no_gap,
    tenants_count_apart
];

fn event(fax: FaxId, at: Timestamp, text: &str) -> Event {
    Event {
        fax: Some(fax),
        item: None,
        attempt: None,
        kind: "fax.queued".to_owned(),
        text: text.to_owned(),
        data: None,
        at,
    }
}

async fn a_timeline_reads_back_in_order(db: TestDb) {
    let world = World::new(&db).await;
    let (fax, other) = (
        world.fax(&["+15550001111"]).await.fax,
        world.fax(&[]).await.fax,
    );
    let item = ItemId::generate(&world.seed.ambient);
    let mut tx = db.write(world.tenant).await.unwrap();
    // The second has the earlier time: the number decides, not the clock.
    let later = world.now() + Duration::from_micros(7);
    let about_an_item = Event {
        item: Some(item),
        attempt: Some(2),
        ..event(fax.id, world.now(), "second")
    };
    for event in [
        event(fax.id, later, "first"),
        event(other.id, later, "of another fax"),
        about_an_item,
    ] {
        events::append(&mut tx, world.tenant, &event).await.unwrap();
    }
    let timeline = events::of_fax(&mut tx, world.tenant, fax.id).await.unwrap();
    let [first, second] = &timeline[..] else {
        panic!("two events, not {}", timeline.len())
    };
    assert_eq!((&*first.text, first.at), ("first", later));
    assert_eq!((first.item, first.attempt), (None, None));
    assert_eq!((&*second.text, second.at), ("second", world.now()));
    assert_eq!((second.item, second.attempt), (Some(item), Some(2)));
    assert_eq!((second.fax, &*second.kind), (Some(fax.id), "fax.queued"));
}

/// Two nodes, eight writers each, ten transactions of two events.
async fn numbers_have_no_gaps(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax.id;
    let (tenant, now) = (world.tenant, world.now());
    let start = Arc::new(Barrier::new(16));
    let mut writers = JoinSet::new();
    for _ in 0..2 {
        let node = db.another_node();
        for _ in 0..8 {
            let (db, start) = (node.clone(), start.clone());
            writers.spawn(async move {
                start.wait().await;
                let mut numbers = Vec::new();
                for _ in 0..10 {
                    let mut tx = db.write(tenant).await.unwrap();
                    for text in ["one", "two"] {
                        let event = event(fax, now, text);
                        numbers.push(events::append(&mut tx, tenant, &event).await.unwrap());
                    }
                    tx.commit().await.unwrap();
                }
                numbers
            });
        }
    }
    let mut numbers: Vec<i64> = writers.join_all().await.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=320).collect::<Vec<i64>>());

    let mut tx = db.read(tenant).await.unwrap();
    let timeline = events::of_fax(&mut tx, tenant, fax).await.unwrap();
    let texts: Vec<_> = timeline.iter().map(|event| &*event.text).collect();
    assert_eq!(texts, ["one", "two"].repeat(160), "nobody came in between");
}

async fn an_event_that_is_taken_back_leaves_no_gap(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax.id;
    for (keep, number) in [(true, 1), (false, 2), (true, 2), (true, 3)] {
        let mut tx = db.write(world.tenant).await.unwrap();
        let event = event(fax, world.now(), "event");
        let given = events::append(&mut tx, world.tenant, &event).await;
        assert_eq!(given.unwrap(), number);
        if keep {
            tx.commit().await.unwrap();
        }
    }
}

async fn tenants_count_apart(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    for world in [&world, &stranger] {
        let fax = world.fax(&["+15550001111"]).await.fax.id;
        let mut tx = db.write(world.tenant).await.unwrap();
        let event = event(fax, world.now(), "first");
        let number = events::append(&mut tx, world.tenant, &event).await;
        assert_eq!(number.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
