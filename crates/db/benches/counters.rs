//! What it costs to count a request: in memory, for one node (`governor`), and in PostgreSQL, for all of them, in the same run.
//!
//! Eight keys, asked for by one caller after another, and by 32 at once. `scripts/with-postgres cargo bench -p faxgate-db --bench counters`
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has nothing to handle"
)]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faxgate_db::counters::{Counters, Rate};
use faxgate_test_support::{DEADLINE, Kind, TestDb, eventually};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::task::JoinSet;

const KEYS: u64 = 8;
const AT_ONCE: u64 = 32;
const PLENTY: Rate = Rate {
    burst: 1_000_000,
    interval: Duration::from_micros(3600),
};

fn count(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut group = criterion.benchmark_group("count a request");
    group.throughput(Throughput::Elements(1));

    let quota = Quota::per_hour(NonZeroU32::new(PLENTY.burst).unwrap());
    let local = RateLimiter::keyed(quota);
    let _: &RateLimiter<u64, DashMapStateStore<u64>, _, _> = &local;
    let mut turn = 0;
    group.bench_function("in memory", |bench| {
        bench.iter(|| {
            turn += 1;
            local.check_key(&(turn % KEYS)).is_ok()
        });
    });

    let db = runtime.block_on(TestDb::new(Kind::Postgres));
    let counters = runtime.block_on(connected(&db));
    group.bench_function("in PostgreSQL", |bench| {
        bench.to_async(&runtime).iter(|| {
            turn += 1;
            let (counters, name) = (counters.clone(), (turn % KEYS).to_string());
            async move { counters.count("bench", &name, PLENTY).await.unwrap() }
        });
    });
    group.bench_function("in PostgreSQL, 32 at once", |bench| {
        bench
            .to_async(&runtime)
            .iter_custom(|requests| at_once(counters.clone(), requests));
    });
    group.finish();
    drop(counters);
    runtime.block_on(async { drop(db) });
}

async fn connected(db: &TestDb) -> Arc<Counters> {
    let counters = db.counters().unwrap();
    eventually("requests are counted", DEADLINE, async || {
        counters.count("bench", "first", PLENTY).await.ok()
    })
    .await;
    Arc::new(counters)
}

async fn at_once(counters: Arc<Counters>, requests: u64) -> Duration {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..AT_ONCE {
        let counters = counters.clone();
        let share = requests / AT_ONCE + u64::from(caller < requests % AT_ONCE);
        callers.spawn(async move {
            let name = (caller % KEYS).to_string();
            for _ in 0..share {
                counters.count("bench", &name, PLENTY).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    begun.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(4));
    targets = count
}
criterion_main!(benches);
