//! Each limit, checked at the claim, and the reason that is noted where it stops something.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::items::{self, Claim, LaneLimits, WaitingFor};
use faxgate_db::lanes;
use faxgate_db::usage::{self, Day, Usage};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{ItemState, Priority, SendingPolicy, TimeZone, Timestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::execute;
use crate::town::{Queued, Town, claim_in};
use crate::world::system;

on_both_databases![
    a_tenant_has_no_more_calls_than_it_may,
    a_tenants_calls_are_spaced,
    attempts_are_counted_within_the_last_minute,
    attempts_are_counted_by_day,
    minutes_are_counted_by_day,
    money_is_counted_by_day_and_calls_in_flight_count,
    months_count_beside_days,
    pages_are_counted_and_those_in_flight_too,
    test_faxes_use_up_nothing,
    a_tenant_at_its_limit_does_not_stop_others,
    a_new_policy_counts_at_once,
    a_policy_that_cannot_be_read_stops_its_tenant_only,
    a_line_takes_no_more_than_it_may_over_all_nodes,
    a_lines_calls_are_spaced_over_all_nodes,
    a_paused_line_takes_nothing_and_then_one_call,
    what_is_outside_its_hours_waits_for_them,
    claims_at_once_overrun_no_limit
];

const CALL: Duration = Duration::from_secs(60);

fn policy(of: impl FnOnce(&mut SendingPolicy)) -> SendingPolicy {
    let mut policy = SendingPolicy::default();
    of(&mut policy);
    policy
}

async fn a_tenant_has_no_more_calls_than_it_may(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.max_calls = Some(2))).await;
    town.queue(0, 5).await;
    let claimed = town.claim(town.ask(10)).await.items;
    assert_eq!(claimed.len(), 2);
    assert_eq!(town.limit_of(0).await.as_deref(), Some("tenant_calls"));
    assert!(town.served(10).await.is_empty());
    town.end(&claimed[0].item, ItemState::Sent, CALL).await;
    assert_eq!(town.served(10).await.len(), 1, "as soon as a call is over");
}

async fn a_tenants_calls_are_spaced(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.policy(0, policy(|p| p.calls_per_second = Some(4)))
        .await;
    town.queue(0, 10).await;
    let mut begun = Vec::new();
    let start = town.now();
    while begun.len() < 5 {
        let claimed = town.claim(town.ask(10)).await;
        begun.extend(
            claimed
                .items
                .iter()
                .map(|g| g.call_at.since(start).as_millis()),
        );
        assert_eq!(town.limit_of(0).await.as_deref(), Some("calls_per_second"));
        let next = claimed.next_look.unwrap();
        assert!(next > town.now());
        town.seed.clock.advance(next.since(town.now()));
    }
    assert_eq!(begun, [0, 250, 500, 750, 1000]);
}

async fn attempts_are_counted_within_the_last_minute(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.attempts_per_minute = Some(3)))
        .await;
    town.queue(0, 10).await;
    for _ in 0..3 {
        let item = town.claim(town.ask(1)).await.items.remove(0).item;
        town.dial(&item).await;
        town.end(&item, ItemState::Sent, CALL).await;
        town.seed.clock.advance(Duration::from_secs(10));
    }
    let claimed = town.claim(town.ask(10)).await;
    assert!(claimed.items.is_empty());
    assert_eq!(
        town.limit_of(0).await.as_deref(),
        Some("attempts_per_minute")
    );
    let first_is_a_minute_ago = town.now() + Duration::from_secs(30);
    assert_eq!(claimed.next_look, Some(first_is_a_minute_ago));
    town.seed.clock.advance(Duration::from_secs(30));
    assert_eq!(town.served(10).await.len(), 1);
}

async fn used(town: &Town, used: Usage) {
    let tenant = town.tenants[0];
    let zone: TimeZone = "America/New_York".parse().unwrap();
    let mut tx = town.db.write(tenant).await.unwrap();
    usage::add(&mut tx, tenant, Day::of(zone, town.now()), used)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The clock stands at 07:00 in New York: midnight is 17 hours away.
async fn until_midnight(town: &Town) {
    let mut hops = 0;
    let midnight = Timestamp::parse("2026-01-16T05:00:00Z").unwrap();
    while town.now() < midnight {
        let claimed = town.claim(town.ask(10)).await;
        assert!(claimed.items.is_empty(), "{}", town.now());
        let next = claimed.next_look.unwrap();
        town.seed.clock.advance(next.since(town.now()));
        hops += 1;
        assert!(hops <= 103, "it looks every ten minutes");
    }
    assert_eq!(town.now(), midnight);
}

async fn attempts_are_counted_by_day(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.attempts_per_day = Some(5)))
        .await;
    let before = Usage {
        attempts: 3,
        ..Usage::default()
    };
    used(&town, before).await;
    town.queue(0, 10).await;
    assert_eq!(town.served(10).await.len(), 2, "calls in flight count");
    assert_eq!(town.limit_of(0).await.as_deref(), Some("attempts_per_day"));
    until_midnight(&town).await;
    assert_eq!(
        town.served(10).await.len(),
        3,
        "a new day, and two calls are open still"
    );
}

async fn minutes_are_counted_by_day(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.minutes_per_day = Some(10)))
        .await;
    let before = Usage {
        line_seconds: 9 * 60,
        ..Usage::default()
    };
    used(&town, before).await;
    town.queue(0, 10).await;
    assert_eq!(
        town.served(10).await.len(),
        2,
        "45 s each, for the minute that is left"
    );
    assert_eq!(town.limit_of(0).await.as_deref(), Some("minutes_per_day"));
    until_midnight(&town).await;
    assert!(!town.served(10).await.is_empty());
}

async fn money_is_counted_by_day_and_calls_in_flight_count(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.cost_per_day = Some(100_000)))
        .await;
    let before = Usage {
        cost: 70_000,
        ..Usage::default()
    };
    used(&town, before).await;
    town.queue(0, 10).await;
    let claim = Claim {
        limits: LaneLimits {
            cost_per_minute: 16_000,
            ..LaneLimits::default()
        },
        ..town.ask(10)
    };
    let claimed = town.claim(claim).await.items;
    assert_eq!(
        claimed.len(),
        3,
        "12,000 each, for the 30,000 that are left"
    );
    assert_eq!(town.limit_of(0).await.as_deref(), Some("cost_per_day"));
}

async fn months_count_beside_days(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let limits = policy(|p| {
        p.attempts_per_day = Some(5);
        p.attempts_per_month = Some(8);
    });
    town.policy(0, limits).await;
    let before = Usage {
        attempts: 4,
        ..Usage::default()
    };
    used(&town, before).await;
    town.seed.clock.advance(Duration::from_secs(24 * 3600));
    town.queue(0, 10).await;
    assert_eq!(
        town.served(10).await.len(),
        4,
        "five are left of today, four of the month"
    );
    assert_eq!(
        town.limit_of(0).await.as_deref(),
        Some("attempts_per_month")
    );
    let unlimited = policy(|p| p.attempts_per_day = Some(5));
    town.policy(0, unlimited).await;
    assert_eq!(town.served(10).await.len(), 1);
    assert_eq!(town.limit_of(0).await.as_deref(), Some("attempts_per_day"));
}

async fn pages_are_counted_and_those_in_flight_too(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.pages_per_month = Some(5)))
        .await;
    let before = Usage {
        pages_sent: 2,
        ..Usage::default()
    };
    used(&town, before).await;
    town.queue(0, 10).await;
    assert_eq!(town.served(1).await.len(), 1);
    assert_eq!(
        town.served(10).await.len(),
        2,
        "one page each, and one is on its way"
    );
    assert_eq!(town.limit_of(0).await.as_deref(), Some("pages_per_month"));
}

async fn test_faxes_use_up_nothing(db: TestDb) {
    let town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.attempts_per_day = Some(1)))
        .await;
    let how = Queued {
        simulated: true,
        ..Queued::default()
    };
    town.queue_to(0, &["+12125550001", "+12125550002", "+12125550003"], how)
        .await;
    let test = Claim {
        simulated: true,
        ..town.ask(10)
    };
    assert_eq!(town.claim(test).await.items.len(), 3);
}

async fn a_tenant_at_its_limit_does_not_stop_others(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.policy(0, policy(|p| p.max_calls = Some(1))).await;
    town.queue(0, 50).await;
    town.queue(1, 5).await;
    let mut served = town.served(10).await;
    served.sort_unstable();
    assert_eq!(served, [0, 1, 1, 1, 1, 1]);
}

async fn a_new_policy_counts_at_once(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.policy(0, policy(|p| p.max_calls = Some(1))).await;
    town.queue(0, 5).await;
    assert_eq!(town.served(10).await.len(), 1);
    town.policy(0, SendingPolicy::default()).await;
    assert_eq!(town.served(10).await.len(), 4);
}

async fn a_policy_that_cannot_be_read_stops_its_tenant_only(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    let broken = format!(
        "UPDATE tenants SET policy = '{{' WHERE id = '{}'",
        town.tenants[0]
    );
    execute(&town.db, &broken).await;
    town.queue(0, 1).await;
    town.queue(1, 1).await;
    assert_eq!(town.served(10).await, [1]);
    assert_eq!(town.limit_of(0).await.as_deref(), Some("policy"));
    town.policy(0, SendingPolicy::default()).await;
    assert_eq!(town.served(10).await, [0]);
}

async fn a_line_takes_no_more_than_it_may_over_all_nodes(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    for place in 0..2 {
        town.queue(place, 10).await;
    }
    let claim = Claim {
        limits: LaneLimits {
            max_calls: Some(3),
            ..LaneLimits::default()
        },
        ..town.ask(2)
    };
    let other_node = Claim {
        node: "node-2",
        ..claim
    };
    let first = town.claim(claim).await.items;
    assert_eq!(first.len(), 2);
    assert_eq!(town.claim(other_node).await.items.len(), 1);
    let full = town.claim(claim).await;
    assert_eq!(
        (full.items.len(), full.next_look),
        (0, None),
        "until a call ends"
    );
    let other_lane = Claim {
        lane: "fs-2",
        ..claim
    };
    assert_eq!(town.claim(other_lane).await.items.len(), 2);
    town.end(&first[0].item, ItemState::Sent, CALL).await;
    assert_eq!(town.claim(other_node).await.items.len(), 1);
}

async fn a_lines_calls_are_spaced_over_all_nodes(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    for place in 0..2 {
        town.queue(place, 20).await;
    }
    let start = town.now();
    let mut begun = Vec::new();
    let mut nodes = ["node-1", "node-2"].into_iter().cycle();
    while begun.len() < 20 {
        let claim = Claim {
            node: nodes.next().unwrap(),
            limits: LaneLimits {
                calls_per_second: Some(10),
                ..LaneLimits::default()
            },
            ..town.ask(8)
        };
        let claimed = town.claim(claim).await;
        for granted in &claimed.items {
            assert!(granted.call_at <= town.now() + Duration::from_millis(250));
            begun.push(granted.call_at.since(start).as_millis());
        }
        let next = claimed.next_look.unwrap();
        town.seed.clock.advance(next.since(town.now()));
    }
    let spaced: Vec<u128> = (0..u128::try_from(begun.len()).unwrap())
        .map(|n| n * 100)
        .collect();
    assert_eq!(begun, spaced);
}

async fn a_paused_line_takes_nothing_and_then_one_call(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.queue(0, 10).await;
    let (now, until) = (town.now(), town.now() + Duration::from_secs(300));
    let paused = system(&town.db, async |tx| {
        lanes::pause(tx, "fs-1", until, "the carrier refuses the account", now).await
    });
    assert!(paused.await.unwrap());
    let claimed = town.claim(town.ask(5)).await;
    assert_eq!((claimed.items.len(), claimed.next_look), (0, Some(until)));
    town.seed.clock.advance(Duration::from_secs(300));
    assert_eq!(town.served(5).await.len(), 1, "one call tries it");
    assert!(town.served(5).await.is_empty());
    let now = town.now();
    system(&town.db, async |tx| lanes::works(tx, "fs-1", now).await)
        .await
        .unwrap();
    assert_eq!(town.served(5).await.len(), 5);
}

/// The clocks go forward on Sunday night between Friday and Monday.
async fn what_is_outside_its_hours_waits_for_them(db: TestDb) {
    let town = Town::new(db, 1).await;
    let friday_evening = Timestamp::parse("2026-03-06T23:30:00Z").unwrap();
    town.seed.clock.advance(friday_evening.since(town.now()));
    let hours = "Mon-Fri 08:00-18:00".parse().unwrap();
    town.policy(0, policy(|p| p.windows = vec![hours])).await;
    let east = town.queue_to(0, &["+12125550001"], Queued::default()).await[0];
    let west = town.queue_to(0, &["+14155550001"], Queued::default()).await[0];
    let urgent = Queued {
        priority: Priority::Urgent,
        ..Queued::default()
    };
    let urgent = town.queue_to(0, &["+12125550002"], urgent).await[0];
    let claimed = town.claim(town.ask(5)).await;
    let ids: Vec<_> = claimed.items.iter().map(|g| g.item.id).collect();
    assert_eq!(
        ids,
        [urgent, west],
        "it is half past six in New York, and half past three in San Francisco"
    );

    let monday = Timestamp::parse("2026-03-09T12:00:00Z").unwrap();
    let waiting = town.item(0, east).await;
    assert_eq!(
        (waiting.due_at, waiting.waiting_for),
        (monday, Some(WaitingFor::Window))
    );
    assert_eq!(claimed.next_look, Some(monday));
    town.seed.clock.advance(monday.since(town.now()));
    let claimed = town.claim(town.ask(5)).await.items.remove(0).item;
    assert_eq!((claimed.id, claimed.waiting_for), (east, None));
}

/// Sixteen workers of two nodes; a line of ten calls, a tenant of four, and a number that everybody wants.
async fn claims_at_once_overrun_no_limit(db: TestDb) {
    let mut town = Town::new(db, 3).await;
    town.policy(0, policy(|p| p.max_calls = Some(4))).await;
    for place in 0..3 {
        town.queue_to(place, &["+12125559999"; 5], Queued::default())
            .await;
        town.queue(place, 10).await;
    }
    let start = Arc::new(Barrier::new(16));
    let mut workers = JoinSet::new();
    for node in ["node-1", "node-2"] {
        let connected = town.db.another_node();
        for _ in 0..8 {
            let claim = Claim {
                node,
                limits: LaneLimits {
                    max_calls: Some(10),
                    ..LaneLimits::default()
                },
                ..town.ask(3)
            };
            let (db, start) = (connected.clone(), start.clone());
            workers.spawn(async move {
                start.wait().await;
                claim_in(&db, claim).await.items
            });
        }
    }
    let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: std::collections::BTreeSet<_> = claimed.iter().map(|g| g.item.id).collect();
    assert_eq!((claimed.len(), distinct.len()), (10, 10));
    let of_first = claimed.iter().filter(|g| town.place(&g.item) == 0).count();
    assert!((1..=4).contains(&of_first), "{of_first}");
    let wanted = |g: &&items::Granted| g.item.destination.as_str() == "+12125559999";
    assert_eq!(claimed.iter().filter(wanted).count(), 1);
}
