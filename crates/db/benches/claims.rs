//! Claims, on SQLite and on PostgreSQL (where `FAXGATE_TEST_POSTGRES_URL` points), beside the plain claim in the same run:
//! `ORDER BY created_at … FOR UPDATE SKIP LOCKED`, with an index made for it, straight through the driver. `sqlite` or
//! `postgres` as an argument runs it on that one alone.
//!
//! - *A batch*: sixteen items, with 1,000, 100,000 and 1,000,000 queued. A tenth of them are one tenant's, the rest of a
//!   thousand, and in the end of five thousand. Forty-eight calls are in flight; what is claimed goes back to the queue afterwards, so that its length stays.
//!   Begin and commit included.
//! - *Shares*: a hundred tenants, each with sixty faxes queued, one after another; a line of 32 channels; calls of 20 to 119
//!   seconds, by tenant. Jain's index of line time after 1,500 calls, in virtual time.
//! - *A newcomer*: a thousand tenants with something queued, one of them with 100,000. Another sends one fax: from the
//!   commit of its item to the end of the claim that has it, with one free channel.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot start has nothing to handle, and prints what it found"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures for people"
)]

#[path = "claims/filled.rs"]
mod filled;
#[path = "claims/plain.rs"]
mod plain;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use faxgate_db::items::{self, Change, Claim, Granted, Item, ItemsOf, LaneLimits, NewItem};
use faxgate_test_support::{Kind, TestDb};
use faxgate_types::ambient::SeededRandom;
use faxgate_types::{Ambient, ItemId, ItemState, ManualClock, Priority, Timestamp};

use crate::filled::{Filled, fill};
use crate::plain::Plain;

const BATCH: u32 = 16;
const ROUNDS: usize = 200;
const IN_FLIGHT: usize = 48;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let named: Vec<String> = std::env::args().map(|word| word.to_lowercase()).collect();
        let is_named = |kind: &Kind| named.contains(&format!("{kind:?}").to_lowercase());
        let kinds = [Kind::Postgres, Kind::Sqlite];
        let any = kinds.iter().any(is_named);
        for kind in kinds.into_iter().filter(|kind| !any || is_named(kind)) {
            println!("\n{kind:?}");
            let mut medians = Vec::new();
            for (tenants, size) in [(1_000, 1_000), (1_000, 100_000), (1_000, 1_000_000)] {
                medians.push(batches(kind, tenants, size).await);
            }
            batches(kind, 5_000, 1_000_000).await;
            let growth = |of: fn(&(f64, f64)) -> f64| of(&medians[2]) / of(&medians[0]);
            println!(
                "  1,000,000 against 1,000 queued: {:.2} times as much; plain {:.2} times",
                growth(|m| m.0),
                growth(|m| m.1)
            );
            shares(kind).await;
            newcomer(kind).await;
        }
    });
}

/// A clock that a benchmark moves by itself.
fn start() -> Timestamp {
    Timestamp::parse("2026-01-15T12:00:00Z").unwrap()
}

fn ask(now: Timestamp, limit: u32) -> Claim<'static> {
    Claim {
        node: "bench",
        lane: "fs-1",
        simulated: false,
        limits: LaneLimits::default(),
        lanes_up: &["fs-1"],
        now,
        until: now + Duration::from_secs(60),
        limit,
    }
}

async fn claim(db: &TestDb, ask: Claim<'_>) -> Vec<Granted> {
    let mut tx = db.system("bench").await.unwrap();
    let claimed = items::claim(&mut tx, ask).await.unwrap();
    tx.commit().await.unwrap();
    claimed.items
}

async fn end(db: &TestDb, item: &Item, to: &Change, now: Timestamp) {
    let mut tx = db.write(item.tenant_id).await.unwrap();
    assert!(
        items::change(&mut tx, item.tenant_id, item.id, item.fence, to, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

/// Takes in the notes that filling has left, and wakes everybody.
async fn settle_in(db: &TestDb) {
    for _ in 0..40 {
        claim(db, ask(start(), 0)).await;
    }
}

/// Medians of ours and of the plain claim, in milliseconds.
async fn batches(kind: Kind, tenants: u32, size: u32) -> (f64, f64) {
    let db = TestDb::new(kind).await;
    let filled = Filled {
        tenants,
        items: size,
        of_first: size / 10,
    };
    fill(&db, filled).await;
    settle_in(&db).await;
    let mut now = start();
    let mut in_flight: VecDeque<Item> = VecDeque::new();
    let mut ours = Vec::new();
    for round in 0..ROUNDS + 20 {
        now = now + Duration::from_secs(1);
        let began = Instant::now();
        let claimed = claim(&db, ask(now, BATCH)).await;
        let took = began.elapsed();
        assert_eq!(claimed.len(), BATCH as usize);
        in_flight.extend(claimed.into_iter().map(|granted| granted.item));
        if round >= 20 {
            ours.push(took);
        }
        while in_flight.len() > IN_FLIGHT {
            let item = in_flight.pop_front().unwrap();
            let again = Change {
                due_at: now,
                line_ms: 100_000,
                ..Change::of(&item, ItemState::Queued)
            };
            end(&db, &item, &again, now).await;
        }
    }
    let mut plain = Plain::new(&db).await;
    let mut theirs = Vec::new();
    for round in 0..ROUNDS + 20 {
        now = now + Duration::from_secs(1);
        let began = Instant::now();
        let claimed = plain.claim(BATCH, now).await;
        let took = began.elapsed();
        assert_eq!(claimed.len(), BATCH as usize);
        plain.back(&claimed, now).await;
        if round >= 20 {
            theirs.push(took);
        }
    }
    let (ours, theirs) = (figures(ours), figures(theirs));
    println!(
        "  {size:>9} queued, {tenants} tenants: {:.2} ms (p95 {:.2}); plain {:.2} ms (p95 {:.2})",
        ours.0, ours.1, theirs.0, theirs.1
    );
    (ours.0, theirs.0)
}

/// Median and 95th percentile in milliseconds.
fn figures(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1000.0;
    (at(50), at(95))
}

async fn shares(kind: Kind) {
    let filled = Filled {
        tenants: 100,
        items: 6_000,
        of_first: 0,
    };
    let db = TestDb::new(kind).await;
    fill(&db, filled).await;
    settle_in(&db).await;
    let ours = line(
        async |now, free| {
            let claimed = claim(&db, ask(now, free)).await;
            claimed
                .into_iter()
                .map(|granted| Called::Ours(Box::new(granted.item)))
                .collect()
        },
        &db,
    )
    .await;
    let db = TestDb::new(kind).await;
    fill(&db, filled).await;
    let plain = tokio::sync::Mutex::new(Plain::new(&db).await);
    let theirs = line(
        async |now, free| {
            let claimed = plain.lock().await.claim(free, now).await;
            claimed
                .into_iter()
                .map(|(_, tenant)| Called::Plain(tenant))
                .collect()
        },
        &db,
    )
    .await;
    println!("  Jain's index over 100 equal tenants: {ours:.3}; plain {theirs:.3}");
}

enum Called {
    Ours(Box<Item>),
    Plain(String),
}

/// Runs a line of 32 channels, and gives Jain's index over the tenants' line time.
async fn line(claim: impl AsyncFn(Timestamp, u32) -> Vec<Called>, db: &TestDb) -> f64 {
    let mut used = vec![0.0_f64; 100];
    let mut on_line: Vec<(Timestamp, u64, Called)> = Vec::new();
    let (mut now, mut placed) = (start(), 0);
    while placed < 1_500 {
        let free = 32 - on_line.len();
        for called in claim(now, free as u32).await {
            let tenant = match &called {
                Called::Ours(item) => item.tenant_id.to_string(),
                Called::Plain(tenant) => tenant.clone(),
            };
            let tenant = usize::from_str_radix(&tenant[tenant.len() - 6..], 16).unwrap();
            let seconds = 20 + (tenant as u64 * 37 + placed as u64 * 11) % 100;
            used[tenant] += seconds as f64;
            placed += 1;
            on_line.push((now + Duration::from_secs(seconds), seconds, called));
        }
        on_line.sort_by_key(|(ends, _, _)| *ends);
        let (ends, seconds, called) = on_line.remove(0);
        now = ends;
        if let Called::Ours(item) = called {
            let sent = Change {
                line_ms: seconds * 1000,
                ..Change::of(&item, ItemState::Sent)
            };
            end(db, &item, &sent, now).await;
        }
    }
    let sum: f64 = used.iter().sum();
    let squares: f64 = used.iter().map(|share| share * share).sum();
    sum * sum / (used.len() as f64 * squares)
}

async fn newcomer(kind: Kind) {
    let db = TestDb::new(kind).await;
    // The last tenant has nothing yet.
    let filled = Filled {
        tenants: 1_000,
        items: 110_000,
        of_first: 100_000,
    };
    fill(&db, filled).await;
    settle_in(&db).await;
    let mut now = start();
    for _ in 0..50 {
        claim(&db, ask(now, BATCH)).await;
    }
    let random = SeededRandom::new(2);
    let ambient = Ambient::new(
        std::sync::Arc::new(ManualClock::at(now)),
        std::sync::Arc::new(random),
    );
    let (newcomer, fax) = filled::newcomer(&db).await;
    let mut waits = Vec::new();
    for (nth, fax) in fax.into_iter().enumerate() {
        now = now + Duration::from_secs(1);
        let item = NewItem {
            id: ItemId::generate(&ambient),
            recipient_raw: "new".to_owned(),
            destination: format!("+1646{nth:07}").parse().unwrap(),
            due_at: now,
            waiting_for: None,
        };
        let of = ItemsOf {
            tenant: newcomer,
            fax,
            simulated: false,
            priority: Priority::Normal,
        };
        let mut tx = db.write(newcomer).await.unwrap();
        items::insert_all(&mut tx, of, &[item], now).await.unwrap();
        items::make_ready(&mut tx, newcomer, fax, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let began = Instant::now();
        let claimed = claim(&db, ask(now, 1)).await;
        waits.push(began.elapsed());
        assert_eq!(claimed[0].item.tenant_id, newcomer, "it is next");
        let item = &claimed[0].item;
        end(&db, item, &Change::of(item, ItemState::Sent), now).await;
        // Time goes on for the others.
        claim(&db, ask(now, 1)).await;
    }
    let (median, p95) = figures(waits);
    println!(
        "  a newcomer among 1,000 tenants, one with 100,000 queued: next, after {median:.2} ms (p95 {p95:.2}); \
         plain: behind 110,000"
    );
}
