//! Whatever happens in whatever order, nothing that waits is forgotten.

use std::time::Duration;

use faxgate_db::items::{self, Change, Claim, Item};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::ambient::{Random as _, SeededRandom};
use faxgate_types::{ItemState, Priority, SendingPolicy};

use crate::raw::lines;
use crate::town::{Queued, Town};
use crate::world::{LEASE, system};

on_both_databases![nothing_that_waits_is_forgotten];

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % sides
    }
}

/// Items that no claim would ever come to: not parked, and their share sleeps beyond their time without a limit; or parked
/// for a number that is not noted as crowded.
async fn forgotten(town: &Town) -> Vec<String> {
    let orphans = "SELECT i.id || ' of ' || i.tenant_id AS line FROM queue_items i \
         LEFT JOIN shares s ON s.tenant_id = i.tenant_id AND s.simulated = i.simulated \
         WHERE i.state = 'queued' AND NOT i.parked \
         AND NOT coalesce(s.backlogged, FALSE) AND s.waiting_for IS NULL \
         AND (s.next_due IS NULL OR s.next_due > i.due_at) \
         AND NOT EXISTS (SELECT 1 FROM share_notes n WHERE n.tenant_id = i.tenant_id AND n.simulated = i.simulated \
                         AND n.due_at <= i.due_at) \
         UNION ALL \
         SELECT i.id || ' parked' FROM queue_items i WHERE i.state = 'queued' AND i.parked \
         AND NOT EXISTS (SELECT 1 FROM crowded c WHERE c.destination = i.destination AND c.simulated = i.simulated)";
    lines(&town.db, orphans).await
}

const NUMBERS: [&str; 4] = [
    "+12125550001",
    "+12125550002",
    "+14155550003",
    "+12125550004",
];

async fn nothing_that_waits_is_forgotten(db: TestDb) {
    let town = Town::new(db, 4).await;
    let dice = Dice(SeededRandom::new(20_260_115));
    let mut in_hand: Vec<Item> = Vec::new();
    for step in 0..160 {
        match dice.below(9) {
            0..=2 => queue(&town, &dice).await,
            3..=4 => {
                let limit = u32::try_from(1 + dice.below(4)).unwrap();
                let claim = Claim {
                    lane: ["fs-1", "fs-2"][dice.below(2)],
                    ..town.ask(limit)
                };
                let claimed = town.claim(claim).await.items;
                in_hand.extend(claimed.into_iter().map(|granted| granted.item));
            }
            5..=6 if !in_hand.is_empty() => {
                let item = in_hand.swap_remove(dice.below(in_hand.len()));
                end(&town, &dice, &item).await;
            }
            7 => town
                .seed
                .clock
                .advance(Duration::from_secs(1 << dice.below(14))),
            8 => {
                let choices = [
                    SendingPolicy::default(),
                    SendingPolicy {
                        max_calls: Some(1),
                        calls_per_second: Some(2),
                        ..SendingPolicy::default()
                    },
                    SendingPolicy {
                        windows: vec!["Mon-Sun 09:00-17:00".parse().unwrap()],
                        ..SendingPolicy::default()
                    },
                ];
                town.policy(dice.below(4), choices[dice.below(3)].clone())
                    .await;
            }
            _ => {
                let (now, own) = (town.now(), dice.below(2) == 0);
                let back = async |tx: &mut faxgate_db::System| {
                    items::hand_back(tx, "node-1", own, now).await
                };
                system(&town.db, back).await.unwrap();
                if own {
                    in_hand.clear();
                }
            }
        }
        let mut held = Vec::new();
        for item in in_hand {
            let now = town.item(town.place(&item), item.id).await;
            if now.state == ItemState::Claimed && now.fence == item.fence {
                held.push(now);
            }
        }
        in_hand = held;
        let forgotten = forgotten(&town).await;
        assert!(forgotten.is_empty(), "step {step}: {forgotten:?}");
    }
    for item in in_hand {
        town.end(&item, ItemState::Sent, Duration::from_secs(30))
            .await;
    }
    drain(&town).await;
}

async fn queue(town: &Town, dice: &Dice) {
    let how = Queued {
        priority: Priority::ALL[dice.below(3)],
        after: Duration::from_secs([0, 0, 0, 600][dice.below(4)]),
        simulated: false,
    };
    let numbers: Vec<&str> = (0..1 + dice.below(3))
        .map(|_| NUMBERS[dice.below(4)])
        .collect();
    town.queue_to(dice.below(4), &numbers, how).await;
}

async fn end(town: &Town, dice: &Dice, item: &Item) {
    let to = match dice.below(5) {
        0 => Change {
            due_at: town.now() + Duration::from_secs(120),
            line_ms: 20_000,
            avoid_lane: item.lane.clone(),
            ..Change::of(item, ItemState::Queued)
        },
        1 => {
            let (tenant, now) = (item.tenant_id, town.now());
            let mut tx = town.db.write(tenant).await.unwrap();
            items::unclaim(&mut tx, item, now + Duration::from_secs(1), now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            return;
        }
        2 => Change::of(item, ItemState::Held),
        _ => Change {
            line_ms: 70_000,
            ..Change::of(item, ItemState::Sent)
        },
    };
    town.change(item, &to).await;
}

/// Follows what claims say of the time, and nothing else, until all is done.
async fn drain(town: &Town) {
    let waiting = "SELECT id AS line FROM queue_items WHERE state IN ('queued', 'claimed')";
    let mut rounds = 0;
    while !lines(&town.db, waiting).await.is_empty() {
        rounds += 1;
        assert!(rounds < 2000, "it comes to an end");
        let claimed = town.claim(town.ask(4)).await;
        if claimed.items.is_empty() {
            let now = town.now();
            system(&town.db, async |tx| {
                items::hand_back(tx, "node-2", false, now).await
            })
            .await
            .unwrap();
            let next = claimed.next_look.unwrap_or(now + LEASE);
            let wait = next.since(now).max(Duration::from_millis(1));
            town.seed.clock.advance(wait);
        }
        for granted in claimed.items {
            town.end(&granted.item, ItemState::Sent, Duration::from_secs(30))
                .await;
        }
    }
}
