//! Sending windows: what is put off comes back by itself, all of it.

use std::time::Duration;

use faxgate_db::items::WaitingFor;
use faxgate_db::tenant_change;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{ItemId, Priority, SendingPolicy, Timestamp};

use crate::raw::execute;
use crate::town::{Queued, Town};
use crate::world::system;

on_both_databases![
    a_few_of_many_tenants_come_back_when_their_window_opens,
    as_many_as_are_looked_at_at_once_come_back,
    all_priorities_come_back,
    each_zone_comes_back_in_its_time,
    other_windows_make_nothing_due_before_its_sender_wants_it
];

/// Eight o'clock in New York, and in San Francisco.
const EAST: &str = "2026-03-09T12:00:00Z";
const WEST: &str = "2026-03-09T15:00:00Z";

/// Tenants that send on working days only. It is Saturday.
async fn closed(db: TestDb, tenants: usize) -> Town {
    let town = Town::new(db, tenants).await;
    let saturday = Timestamp::parse("2026-03-07T23:30:00Z").unwrap();
    town.seed.clock.advance(saturday.since(town.now()));
    for place in 0..tenants {
        let windows = vec!["Mon-Fri 08:00-18:00".parse().unwrap()];
        let policy = SendingPolicy {
            windows,
            ..SendingPolicy::default()
        };
        town.policy(place, policy).await;
    }
    town
}

async fn queue(town: &Town, place: usize, area: u32, count: u32, priority: Priority) {
    let first = u32::try_from(place).unwrap() * 100;
    let numbers: Vec<String> = (first..first + count)
        .map(|n| format!("+1{area}555{n:04}"))
        .collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let how = Queued {
        priority,
        ..Queued::default()
    };
    town.queue_to(place, &numbers, how).await;
}

/// Claims until time has to pass; then lets it pass. Answers how many there were, and until when nothing more is due.
async fn claim_all(town: &Town) -> (usize, Option<Timestamp>) {
    let mut claimed = 0;
    for _ in 0..100 {
        let some = town.claim(town.ask(100)).await;
        claimed += some.items.len();
        match some.next_look {
            // Whoever has very much that waits has a short break.
            Some(next) if next < town.now() + Duration::from_secs(60) => {
                town.seed.clock.advance(next.since(town.now()));
            }
            Some(next) => {
                town.seed.clock.advance(next.since(town.now()));
                return (claimed, Some(next));
            }
            None => return (claimed, None),
        }
    }
    panic!("it never comes to rest");
}

fn at(time: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(time).unwrap())
}

async fn a_few_of_many_tenants_come_back_when_their_window_opens(db: TestDb) {
    let town = closed(db, 5).await;
    for place in 0..5 {
        queue(&town, place, 212, 4, Priority::Normal).await;
    }
    assert_eq!(claim_all(&town).await, (0, at(EAST)));
    assert_eq!(claim_all(&town).await, (20, None));
}

async fn as_many_as_are_looked_at_at_once_come_back(db: TestDb) {
    let town = closed(db, 1).await;
    queue(&town, 0, 212, 32, Priority::Normal).await;
    assert_eq!(claim_all(&town).await, (0, at(EAST)));
    assert_eq!(claim_all(&town).await, (32, None));
}

async fn all_priorities_come_back(db: TestDb) {
    let town = closed(db, 1).await;
    queue(&town, 0, 212, 20, Priority::Normal).await;
    queue(&town, 0, 646, 20, Priority::Bulk).await;
    assert_eq!(claim_all(&town).await, (0, at(EAST)));
    assert_eq!(claim_all(&town).await, (40, None));
}

async fn each_zone_comes_back_in_its_time(db: TestDb) {
    let town = closed(db, 1).await;
    queue(&town, 0, 212, 32, Priority::Normal).await;
    queue(&town, 0, 415, 13, Priority::Normal).await;
    assert_eq!(claim_all(&town).await, (0, at(EAST)));
    assert_eq!(claim_all(&town).await, (32, at(WEST)));
    assert_eq!(claim_all(&town).await, (13, None));
}

async fn other_windows_make_nothing_due_before_its_sender_wants_it(db: TestDb) {
    let town = closed(db, 1).await;
    let how = Queued {
        after: Duration::from_secs(40 * 3600),
        ..Queued::default()
    };
    let wanted = town.now() + how.after;
    let scheduled = town.queue_to(0, &["+12125550001"], how).await[0];
    let ready = town.queue_to(0, &["+12125550002"], how).await[0];
    execute(
        &town.db,
        &format!(
            "UPDATE queue_items SET waiting_for = 'window'; \
             UPDATE faxes SET send_at = (SELECT due_at FROM queue_items i WHERE i.fax_id = faxes.id AND i.id = '{scheduled}')"
        ),
    )
    .await;
    let (tenant, now) = (town.tenants[0], town.now());
    let looked_at = system(&town.db, async |tx| {
        tenant_change::look_at_windows(tx, tenant, now).await
    });
    assert_eq!(looked_at.await.unwrap(), 2);
    let waits = async |item: ItemId| {
        let item = town.item(0, item).await;
        (item.due_at, item.waiting_for)
    };
    assert_eq!(waits(ready).await, (now, None));
    assert_eq!(waits(scheduled).await, (wanted, Some(WaitingFor::Schedule)));
}
