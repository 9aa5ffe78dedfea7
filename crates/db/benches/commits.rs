//! Small write transactions on SQLite, on the disk that `target` is on: ours, which share durable commits, beside the same
//! ones with a commit each, in the same run. Both do the same statements through the same diesel connection, with
//! `synchronous=FULL`, first come first served.
//!
//! - `at once`: a thousand, begun together.
//! - `one by one`: a hundred, each begun when the one before is over, so that there is nobody to share with.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has nothing to handle"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection as _, RunQueryDsl as _, SimpleAsyncConnection as _};
use faxgate_db::call_records::{self, CallRecord};
use faxgate_db::{Db, Options};
use faxgate_types::ambient::SeededRandom;
use faxgate_types::{Ambient, CallUuid, ManualClock, Timestamp};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const AT_ONCE: usize = 1000;
const ONE_BY_ONE: usize = 100;

/// What each transaction writes: a row with a key of its own.
struct Rows(Ambient);

impl Rows {
    fn next(&self) -> CallRecord {
        CallRecord {
            call_uuid: CallUuid::generate(&self.0),
            source: "bench".to_owned(),
            body: "x".repeat(200),
            received_at: self.0.now(),
        }
    }
}

trait Store: Send + Sync + 'static {
    fn put(&self, record: CallRecord) -> impl Future<Output = ()> + Send;
}

/// Ours.
impl Store for Db {
    async fn put(&self, record: CallRecord) {
        let mut tx = self.system("bench").await.unwrap();
        call_records::put(&mut tx, &record).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// One connection, one transaction after another, each with its own commit.
struct OneEach(Mutex<SyncConnectionWrapper<SqliteConnection>>);

impl OneEach {
    async fn open(path: &str) -> Self {
        let mut conn = SyncConnectionWrapper::establish(path).await.unwrap();
        let pragmas =
            "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
        conn.batch_execute(pragmas).await.unwrap();
        Self(Mutex::new(conn))
    }
}

impl Store for OneEach {
    async fn put(&self, record: CallRecord) {
        let mut conn = self.0.lock().await;
        conn.batch_execute("BEGIN IMMEDIATE").await.unwrap();
        diesel::sql_query(
            "INSERT INTO call_records (call_uuid, source, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind::<Text, _>(record.call_uuid.to_string())
        .bind::<Text, _>(record.source)
        .bind::<Text, _>(record.body)
        .bind::<Text, _>("2026-01-15T12:00:00.000000Z")
        .execute(&mut *conn)
        .await
        .unwrap();
        conn.batch_execute("COMMIT").await.unwrap();
    }
}

async fn at_once(store: &Arc<impl Store>, rows: &Rows) -> Duration {
    let records: Vec<_> = (0..AT_ONCE).map(|_| rows.next()).collect();
    let start = Instant::now();
    let mut writing = JoinSet::new();
    for record in records {
        let store = store.clone();
        writing.spawn(async move { store.put(record).await });
    }
    writing.join_all().await;
    start.elapsed()
}

async fn one_by_one(store: &Arc<impl Store>, rows: &Rows) -> Duration {
    let start = Instant::now();
    for _ in 0..ONE_BY_ONE {
        store.put(rows.next()).await;
    }
    start.elapsed()
}

fn commits(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("faxgate.db").display().to_string();
    let (shared, each) = runtime.block_on(async {
        let options = Options {
            url: format!("sqlite://{path}"),
            max_connections: 4,
        };
        let db = Db::connect(&options).unwrap();
        db.migrate().await.unwrap();
        (Arc::new(db), Arc::new(OneEach::open(&path).await))
    });
    let start = Timestamp::parse("2026-01-15T12:00:00Z").unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let rows = Rows(Ambient::new(clock, Arc::new(SeededRandom::new(1))));

    let mut group = criterion.benchmark_group("at once");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Elements(AT_ONCE as u64));
    group.bench_function("shared commits", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| runtime.block_on(at_once(&shared, &rows)))
                .sum()
        });
    });
    group.bench_function("a commit each", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| runtime.block_on(at_once(&each, &rows)))
                .sum()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("one by one");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Elements(ONE_BY_ONE as u64));
    group.bench_function("shared commits", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| runtime.block_on(one_by_one(&shared, &rows)))
                .sum()
        });
    });
    group.bench_function("a commit each", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| runtime.block_on(one_by_one(&each, &rows)))
                .sum()
        });
    });
    group.finish();
}

criterion_group!(benches, commits);
criterion_main!(benches);
