//! Any order of calls, crashes, late words and money: the balance is right after each step, and each call's charge after each fourth.

use std::time::Duration;

use faxgate_core::{Open, Release};
use faxgate_lifecycle::Evidence;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{AttemptPhase, ItemState};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::purse::{Purse, WORST, end, hung_up};

on_both_databases![the_sums_are_right_whatever_happens];

const STEPS: u32 = 200;

async fn the_sums_are_right_whatever_happens(db: TestDb) {
    let mut random = StdRng::seed_from_u64(307);
    let mut purse = Purse::with(db, 2 * WORST).await;
    let mut paid = 2 * WORST;
    let (mut faxes, mut open): (Vec<_>, Vec<Open>) = (Vec::new(), Vec::new());
    let mut begun = 0;
    for step in 0..STEPS {
        match random.random_range(0..11) {
            0 => faxes.push(purse.queue().await),
            1..=3 => open.extend(purse.begin().await),
            4 => {
                let money = random.random_range(1..3 * WORST);
                assert!(purse.top_up(money, &format!("step {step}")).await);
                paid += money;
            }
            5 => {
                // The node dies and starts again: it finds its calls, under new fences.
                purse.app = purse.node("here").await;
                let adopted = purse
                    .app
                    .adopt(&["line"], &[], Duration::from_secs(60))
                    .await;
                let adopted = adopted.unwrap();
                assert_eq!(adopted.len(), open.len(), "each call is found again");
                open = adopted;
            }
            6 => {
                for fax in &faxes {
                    if purse.item(*fax).await.state == ItemState::Held {
                        let what = match random.random_bool(0.5) {
                            true => Release::ResendAll,
                            false => Release::CloseFailed,
                        };
                        let decided = purse.app.release_held(*fax, None, what, "Alice");
                        decided.await.unwrap();
                    }
                }
            }
            7 if !faxes.is_empty() && random.random_bool(0.3) => {
                let fax = faxes[random.random_range(0..faxes.len())];
                purse.cancel_as_broadcast(fax).await;
            }
            _ if open.is_empty() => {
                // Retries come due.
                purse.seed.clock.advance(Duration::from_secs(3600));
            }
            _ => {
                let call = open.swap_remove(random.random_range(0..open.len()));
                let seconds = random.random_range(0..2_000);
                let left = 2 - u32::try_from(call.attempt.start_page).unwrap();
                let how = match random.random_range(0..4) {
                    0 => hung_up(left, true),
                    1 => hung_up(left.saturating_sub(1), false),
                    2 => Evidence::NotSent,
                    _ => Evidence::Abandoned,
                };
                end(&purse.app, &call, how, seconds).await;
                begun += 1;
            }
        }
        check(&purse, &faxes, paid, step).await;
    }
    assert!(begun > 10, "calls came about: {begun}");
}

/// What was paid is either there or was charged; what is held is held for calls, once each; and nothing is spent twice.
async fn check(purse: &Purse, faxes: &[faxgate_types::FaxId], paid: i64, step: u32) {
    let (balance, held) = purse.sums().await;
    assert!(balance >= held, "step {step}: {balance} with {held} held");
    assert_eq!(
        paid - balance,
        i64::try_from(purse.used().await.price).unwrap(),
        "step {step}: what is gone was charged"
    );
    if !(step + 1).is_multiple_of(4) {
        return;
    }
    let mut holds = 0;
    for fax in faxes {
        let item = purse.item(*fax).await;
        let attempts = purse.attempts(item.id).await;
        for (position, attempt) in attempts.iter().enumerate() {
            let mut tx = purse.db.read(purse.tenant).await.unwrap();
            let charge = faxgate_db::money::charges::find(&mut tx, purse.tenant, attempt.id).await;
            let charge = charge.unwrap().unwrap();
            tx.commit().await.unwrap();
            let is_open = attempt.phase != AttemptPhase::Settled;
            let is_last = position + 1 == attempts.len();
            match is_open {
                true => assert_eq!(Some(charge.held), charge.most, "step {step}"),
                // Only the last call can be one that is heard of late, and only of one that is not final.
                false if charge.held > 0 => {
                    assert!(is_last && !item.state.is_final(), "step {step}");
                    assert_eq!(attempt.outcome, Some(faxgate_types::Outcome::Unknown));
                }
                false => {}
            }
            assert!(
                charge.price + charge.held <= charge.most.unwrap(),
                "step {step}"
            );
            holds += charge.held;
        }
    }
    assert_eq!(held, holds, "step {step}");
}
