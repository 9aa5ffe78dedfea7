//! Requests that nodes count together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use faxgate_db::counters::{self, Counters, Rate};
use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually, run};
use governor::clock::{Clock as _, FakeRelativeClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::{execute, lines, postgres};
use crate::world::system;

/// 2026-11-21, in nanoseconds.
const START: i64 = 1_795_219_200_000_000_000;

const TEN_AN_HOUR: Rate = Rate {
    burst: 10,
    interval: Duration::from_secs(360),
};

/// Counters that are connected.
async fn counters(db: &faxgate_db::Db) -> Counters {
    let counters = db.counters().unwrap();
    until_it_counts(&counters).await;
    counters
}

async fn until_it_counts(counters: &Counters) {
    eventually("requests are counted", DEADLINE, async || {
        counters.count("connecting", "test", TEN_AN_HOUR).await.ok()
    })
    .await;
}

/// The same requests at the same moments: the database and `governor` let the same ones through, and tell the same waits.
#[test]
fn the_database_decides_as_governor_does() {
    run(Kind::Postgres, async |db| {
        let counters = counters(&db).await;
        let runtime = tokio::runtime::Handle::current();
        let compared = tokio::task::spawn_blocking(move || {
            let mut runner = TestRunner::new(Config {
                failure_persistence: None,
                ..Config::with_cases(48)
            });
            let quotas = (1u32..60, any::<bool>());
            let pauses = prop::collection::vec((0u64..4, 0u64..200_000_000_000), 1..60);
            let cases = AtomicU32::new(0);
            let compared = runner.run(&(quotas, pauses), |((requests, hourly), pauses)| {
                let name = format!("case {}", cases.fetch_add(1, Ordering::Relaxed));
                runtime.block_on(same(&counters, &name, requests, hourly, &pauses))
            });
            compared.map(|()| cases.into_inner())
        });
        assert!(compared.await.unwrap().unwrap() >= 48);
    });
}

async fn same(
    counters: &Counters,
    name: &str,
    requests: u32,
    hourly: bool,
    pauses: &[(u64, u64)],
) -> Result<(), TestCaseError> {
    let requests = NonZeroU32::new(requests).unwrap();
    let quota = match hourly {
        true => Quota::per_hour(requests),
        false => Quota::per_minute(requests),
    };
    let rate = Rate {
        burst: requests.get(),
        interval: quota.replenish_interval(),
    };
    let clock = FakeRelativeClock::default();
    let store = DashMapStateStore::<u8>::default();
    let governor: RateLimiter<_, _, _, NoOpMiddleware<Nanos>> =
        RateLimiter::new(quota, store, clock.clone());
    let mut now = START;
    for (several, pause) in pauses {
        clock.advance(Duration::from_nanos(*pause));
        now += i64::try_from(*pause).unwrap();
        for _ in 0..=*several {
            let refused = governor.check_key(&1).err();
            let theirs = refused.map(|until| until.wait_time_from(clock.now()));
            let ours = counters.count_at("test", name, rate, now).await.unwrap();
            prop_assert_eq!(ours.wait, theirs);
            prop_assert!(ours.full_in <= rate.interval * rate.burst);
        }
    }
    Ok(())
}

#[test]
fn nodes_at_once_let_no_more_through_than_the_quota() {
    run(Kind::Postgres, async |db| {
        let start = Arc::new(Barrier::new(4));
        let mut nodes = JoinSet::new();
        for _ in 0..4 {
            let counters = counters(&db.another_node()).await;
            let start = start.clone();
            nodes.spawn(async move {
                start.wait().await;
                let mut passed = 0;
                for _ in 0..10 {
                    let counted = counters.count("send", "user", TEN_AN_HOUR).await.unwrap();
                    passed += usize::from(counted.wait.is_none());
                }
                passed
            });
        }
        let passed: usize = nodes.join_all().await.into_iter().sum();
        assert_eq!(passed, 10);
    });
}

#[test]
fn keys_and_endpoints_are_counted_apart_and_old_ones_forgotten() {
    run(Kind::Postgres, async |db| {
        let counters = counters(&db).await;
        let once = Rate {
            burst: 1,
            ..TEN_AN_HOUR
        };
        for (endpoint, subject) in [("a", "1"), ("a", "2"), ("b", "1")] {
            for refused in [false, true, true] {
                let counted = counters.count_at(endpoint, subject, once, START).await;
                assert_eq!(counted.unwrap().wait.is_some(), refused);
            }
        }
        execute(
            &db,
            "DELETE FROM rate_counters WHERE endpoint = 'connecting'",
        )
        .await;
        let full_again = START + 360_000_000_000;
        for (at, forgotten) in [(full_again, 0), (full_again + 1, 3), (full_again + 2, 0)] {
            let count = system(&db, async |tx| counters::forget(tx, at).await);
            assert_eq!(count.await.unwrap(), forgotten);
        }
    });
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    run(Kind::Postgres, async |db| {
        let counters = counters(&db).await;
        assert_eq!(
            counters
                .count("send", "user", TEN_AN_HOUR)
                .await
                .unwrap()
                .wait,
            None
        );
        let killed = lines(
            &db,
            "SELECT pg_terminate_backend(pid)::text AS line FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'INSERT INTO rate_counters%' AND pid <> pg_backend_pid()",
        );
        assert_eq!(killed.await, ["true"]);
        until_it_counts(&counters).await;
        let counted = counters.count("send", "user", TEN_AN_HOUR).await.unwrap();
        // What was counted before is not forgotten.
        assert!(counted.full_in > Duration::from_secs(360));
    });
}

#[test]
fn a_row_that_somebody_holds_is_not_waited_for_long() {
    run(Kind::Postgres, async |db| {
        let counters = counters(&db).await;
        counters.count("send", "user", TEN_AN_HOUR).await.unwrap();
        let mut client = postgres(&db).await;
        let held = client.transaction().await.unwrap();
        held.batch_execute("SELECT * FROM rate_counters WHERE endpoint = 'send' FOR UPDATE")
            .await
            .unwrap();
        let error = counters.count("send", "user", TEN_AN_HOUR).await;
        assert!(error.unwrap_err().is_unavailable());
        held.rollback().await.unwrap();
        until_it_counts(&counters).await;
    });
}

#[test]
fn a_database_of_one_process_has_no_shared_counters() {
    run(Kind::Sqlite, async |db: TestDb| {
        assert!(db.counters().is_none());
    });
}
