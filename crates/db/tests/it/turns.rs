//! Fair shares: who is called next, and how much of the line each tenant gets.

use std::time::Duration;

use faxgate_db::items::{Change, Claim, Item};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{ItemState, Priority, SendingPolicy};

use crate::raw::execute;
use crate::town::{Queued, Town};

on_both_databases![
    equal_tenants_get_equal_line_time_however_long_their_faxes_are,
    weights_are_shares_of_line_time,
    a_newcomer_is_served_next,
    a_newcomer_comes_before_those_who_woke_together,
    tenants_that_wait_for_another_line_hold_up_nobody,
    who_slept_has_saved_nothing_up,
    nothing_is_charged_for_what_was_not_dialled,
    priorities_order_a_tenants_own_faxes_only,
    another_line_is_preferred_after_trouble,
    a_claim_says_when_to_look_again
];

/// Jain's index: 1 when all are equal, 1/n when one has everything.
fn jain(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let count = u32::try_from(shares.len()).unwrap();
    sum * sum / (f64::from(count) * squares)
}

/// A call on the line: when it ends, how long it took, and what for.
struct Call(u64, u32, Item);

/// Runs a line of so many channels for so many calls. `seconds` is how long a call takes, by tenant and number of the call.
/// Answers each tenant's line time in seconds.
async fn run(
    town: &Town,
    channels: usize,
    calls: usize,
    seconds: impl Fn(usize, usize) -> u32,
) -> Vec<f64> {
    let mut used = vec![0.0; town.tenants.len()];
    let mut on_line: Vec<Call> = Vec::new();
    let (mut placed, mut clock) = (0, 0);
    while placed < calls {
        let free = u32::try_from(channels - on_line.len()).unwrap();
        let claimed = town.claim(town.ask(free)).await;
        assert_eq!(
            claimed.items.len(),
            free as usize,
            "everybody has enough queued"
        );
        for granted in claimed.items {
            let place = town.place(&granted.item);
            let length = seconds(place, placed);
            placed += 1;
            used[place] += f64::from(length);
            on_line.push(Call(clock + u64::from(length), length, granted.item));
        }
        on_line.sort_by_key(|call| call.0);
        let Call(ends, length, item) = on_line.remove(0);
        town.seed.clock.advance(Duration::from_secs(ends - clock));
        clock = ends;
        let line = Duration::from_secs(u64::from(length));
        town.end(&item, ItemState::Sent, line).await;
    }
    used
}

/// All faxes are estimated alike; those of the first tenant take four times as long.
async fn equal_tenants_get_equal_line_time_however_long_their_faxes_are(db: TestDb) {
    let mut town = Town::new(db, 5).await;
    for place in 0..5 {
        town.queue(place, 120).await;
    }
    let length = |place, nth: usize| {
        let usual = 20 + u32::try_from(nth * 37 % 41).unwrap();
        if place == 0 { 4 * usual } else { usual }
    };
    let used = run(&town, 4, 200, length).await;
    let index = jain(&used);
    assert!(index >= 0.95, "Jain's index is {index}: {used:?}");
}

async fn weights_are_shares_of_line_time(db: TestDb) {
    let mut town = Town::new(db, 3).await;
    for (place, weight) in [(0, 100), (1, 200), (2, 400)] {
        let weight = Some(weight);
        let policy = SendingPolicy {
            weight,
            ..SendingPolicy::default()
        };
        town.policy(place, policy).await;
        town.queue(place, 200).await;
    }
    let used = run(&town, 3, 210, |_, nth| 30 + u32::try_from(nth % 7).unwrap()).await;
    let all: f64 = used.iter().sum();
    for (place, part) in [(0, 1.0), (1, 2.0), (2, 4.0)] {
        let share = used[place] / all * 7.0 / part;
        assert!(
            (0.93..1.07).contains(&share),
            "tenant {place}: {share} of its due, {used:?}"
        );
    }
}

async fn a_newcomer_is_served_next(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.queue(0, 300).await;
    for _ in 0..10 {
        let claimed = town.claim(town.ask(8)).await;
        for granted in claimed.items {
            town.end(&granted.item, ItemState::Sent, Duration::from_secs(45))
                .await;
        }
    }
    town.queue(1, 1).await;
    assert_eq!(town.served(1).await, [1]);
    assert_eq!(town.served(2).await, [0, 0]);
}

/// Ten have woken at the same moment, and most of them have had no call yet.
async fn a_newcomer_comes_before_those_who_woke_together(db: TestDb) {
    let mut town = Town::new(db, 12).await;
    for place in 0..10 {
        town.queue(place, 2).await;
    }
    let first = town.served(3).await;
    assert!(first.iter().all(|place| *place < 10), "{first:?}");
    for newcomer in [10, 11] {
        town.queue(newcomer, 1).await;
        assert_eq!(town.served(1).await, [newcomer]);
    }
    // Whoever was called does not come as a newcomer again.
    town.queue(10, 1).await;
    let mut others = [first, town.served(7).await].concat();
    others.sort_unstable();
    assert_eq!(others, (0..10).collect::<Vec<_>>(), "each of them once");
}

async fn who_slept_has_saved_nothing_up(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.queue(1, 1).await;
    assert_eq!(town.served(1).await, [1]);
    town.queue(0, 100).await;
    for _ in 0..4 {
        assert_eq!(town.served(8).await, [0; 8]);
    }
    town.queue(1, 30).await;
    let served = town.served(20).await;
    let newcomers = served.iter().filter(|place| **place == 1).count();
    assert!(
        (9..=11).contains(&newcomers),
        "half of it, from now on: {served:?}"
    );
}

async fn nothing_is_charged_for_what_was_not_dialled(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.queue(0, 3).await;
    town.queue(1, 1).await;
    let first = town.claim(town.ask(1)).await.items.remove(0).item;
    assert_eq!(town.place(&first), 0);
    assert_eq!(
        first.charge, 45_000,
        "30 s for its page, and 15 s to set the call up"
    );
    town.change(&first, &Change::of(&first, ItemState::Queued))
        .await;
    assert_eq!(
        town.served(2).await,
        [0, 1],
        "as if it had not been claimed"
    );
}

async fn priorities_order_a_tenants_own_faxes_only(db: TestDb) {
    let town = Town::new(db, 2).await;
    let mut expected = Vec::new();
    for (number, priority) in [
        ("+12125550001", Priority::Bulk),
        ("+12125550002", Priority::Normal),
        ("+12125550003", Priority::Urgent),
    ] {
        town.seed.clock.advance(Duration::from_secs(1));
        let how = Queued {
            priority,
            ..Queued::default()
        };
        expected.insert(0, town.queue_to(0, &[number], how).await[0]);
    }
    let bulk = Queued {
        priority: Priority::Bulk,
        ..Queued::default()
    };
    town.queue_to(1, &["+12125550004", "+12125550005"], bulk)
        .await;
    let claimed = town.claim(town.ask(5)).await.items;
    let places: Vec<_> = claimed.iter().map(|g| town.place(&g.item)).collect();
    assert_eq!(places, [0, 1, 0, 1, 0], "urgent or not, tenants take turns");
    let own = claimed.iter().filter(|g| town.place(&g.item) == 0);
    let own: Vec<_> = own.map(|g| g.item.id).collect();
    assert_eq!(own, expected);
}

async fn another_line_is_preferred_after_trouble(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    town.queue(0, 2).await;
    let first = town.claim(town.ask(1)).await.items.remove(0).item;
    let retry = Change {
        avoid_lane: Some("fs-1".to_owned()),
        ..Change::of(&first, ItemState::Queued)
    };
    town.change(&first, &retry).await;
    let claimed = town.claim(town.ask(5)).await;
    let ids: Vec<_> = claimed.items.iter().map(|g| g.item.id).collect();
    assert_eq!(ids.len(), 1, "only the one without trouble");
    assert!(!ids.contains(&first.id));
    let patience = town.now() + Duration::from_secs(60);
    assert_eq!(claimed.next_look, Some(patience));

    let alone = Claim {
        lanes_up: &["fs-1"],
        ..town.ask(5)
    };
    let other = Claim {
        lane: "fs-2",
        ..town.ask(5)
    };
    let claimed = town.claim(other).await.items.remove(0).item;
    assert_eq!(
        (claimed.id, claimed.lane.as_deref()),
        (first.id, Some("fs-2"))
    );
    let again = Change {
        avoid_lane: Some("fs-1".to_owned()),
        ..Change::of(&claimed, ItemState::Queued)
    };
    town.change(&claimed, &again).await;
    let taken = town.claim(alone).await.items;
    assert_eq!(taken.len(), 1, "no other line is up");
}

async fn tenants_that_wait_for_another_line_hold_up_nobody(db: TestDb) {
    let mut town = Town::new(db, 262).await;
    // It has had a call, and the others come before it.
    town.queue(261, 1).await;
    assert_eq!(town.served(1).await, [261]);
    for place in 0..261 {
        town.queue(place, 1).await;
    }
    execute(&town.db, "UPDATE queue_items SET avoid_lane = 'fs-1'").await;
    town.queue(261, 1).await;
    assert_eq!(town.served(1).await, [261]);
    let next = town.claim(town.ask(1)).await.next_look.unwrap();
    assert!(next > town.now(), "nothing is left for this line now");
}

async fn a_claim_says_when_to_look_again(db: TestDb) {
    let town = Town::new(db, 2).await;
    assert_eq!(
        town.claim(town.ask(5)).await.next_look,
        None,
        "nothing waits"
    );
    for (place, minutes) in [(0, 30), (1, 10)] {
        let how = Queued {
            after: Duration::from_secs(60 * minutes),
            ..Queued::default()
        };
        town.queue_to(place, &["+12125550001"], how).await;
    }
    let claimed = town.claim(town.ask(5)).await;
    let expected = town.now() + Duration::from_secs(600);
    assert_eq!(
        (claimed.items.len(), claimed.next_look),
        (0, Some(expected))
    );
    town.seed.clock.advance(Duration::from_secs(600));
    assert_eq!(town.served(5).await, [1]);
    town.queue_to(0, &["+12125550003", "+12125550004"], Queued::default())
        .await;
    let claimed = town.claim(town.ask(1)).await;
    assert_eq!(claimed.next_look, Some(town.now()), "there is more at once");
}
