//! Bulk calls leave room for others, and what is set aside is not seen.

use faxgate_db::items::{Claim, LaneLimits};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{Priority, SendingPolicy};

use crate::town::{Queued, Town};

on_both_databases![
    bulk_leaves_room_on_the_line,
    bulk_leaves_room_within_the_calls_of_a_tenant,
    bulk_leaves_room_within_a_tenants_minute_and_day,
];

fn limits(calls: u32, percent: u32) -> LaneLimits {
    LaneLimits {
        max_calls: Some(calls),
        bulk_percent: Some(percent),
        ..LaneLimits::default()
    }
}

async fn bulk_leaves_room_on_the_line(db: TestDb) {
    let town = Town::new(db, 2).await;
    let bulk = Queued {
        priority: Priority::Bulk,
        ..Queued::default()
    };
    let numbers: Vec<String> = (0..3000).map(|n| format!("+1212{n:07}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    town.queue_to(0, &numbers, bulk).await;
    let ask = |town: &Town, limit| {
        let limits = limits(10, 80);
        Claim {
            limits,
            ..town.ask(limit)
        }
    };
    let claimed = town.claim(ask(&town, 10)).await.items;
    assert_eq!(claimed.len(), 8, "two of ten are kept");
    assert!(town.claim(ask(&town, 10)).await.items.is_empty());
    let urgent = Queued {
        priority: Priority::Urgent,
        ..Queued::default()
    };
    town.queue_to(0, &["+13125550111"], urgent).await;
    town.queue_to(1, &["+13125550122"], Queued::default()).await;
    let next = town.claim(ask(&town, 10)).await.items;
    let mut numbers: Vec<_> = next
        .iter()
        .map(|granted| granted.item.destination.as_str())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["+13125550111", "+13125550122"]);
    // Full: nobody more.
    town.queue_to(1, &["+13125550123"], Queued::default()).await;
    assert!(town.claim(ask(&town, 10)).await.items.is_empty());
}

async fn bulk_leaves_room_within_the_calls_of_a_tenant(db: TestDb) {
    leaves_half(db, |policy, most| policy.max_calls = Some(most)).await;
}

async fn bulk_leaves_room_within_a_tenants_minute_and_day(db: TestDb) {
    let another = TestDb::new(db.kind()).await;
    leaves_half(db, |policy, most| policy.attempts_per_minute = Some(most)).await;
    leaves_half(another, |policy, most| policy.attempts_per_day = Some(most)).await;
}

/// Of four, two are for bulk.
async fn leaves_half(db: TestDb, limit: impl FnOnce(&mut SendingPolicy, u32)) {
    let town = Town::new(db, 1).await;
    let mut policy = SendingPolicy::default();
    limit(&mut policy, 4);
    town.policy(0, policy).await;
    let bulk = Queued {
        priority: Priority::Bulk,
        ..Queued::default()
    };
    let numbers: Vec<String> = (0..20).map(|n| format!("+1212{n:07}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    town.queue_to(0, &numbers, bulk).await;
    let ask = |town: &Town| Claim {
        limits: limits(100, 50),
        ..town.ask(10)
    };
    assert_eq!(town.claim(ask(&town)).await.items.len(), 2);
    assert!(town.claim(ask(&town)).await.items.is_empty());
    town.queue_to(0, &["+13125550111"], Queued::default()).await;
    let next = town.claim(ask(&town)).await.items;
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].item.priority, Priority::Normal);
}
