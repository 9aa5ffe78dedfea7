//! What costs outages when a database layer gets it wrong.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use faxgate_db::events::{self, Event};
use faxgate_db::faxes::{self, Fax, Filter, Progress};
use faxgate_db::items::{self, NewItem};
use faxgate_db::{Db, DbResult, Options, tenants};
use faxgate_test_support::{DEADLINE, Kind, Seed, TestDb, eventually, on_both_databases, run};
use faxgate_types::{FaxStatus, ItemId, ItemState};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::postgres;
use crate::world::{World, system};

on_both_databases![
    a_dropped_transaction_frees_its_locks_at_once,
    a_dropped_transaction_changes_nothing,
    a_caller_dropped_at_any_step_leaves_nothing_half_done,
    a_connection_outlives_the_runtime_that_asked_for_it,
    reading_and_then_writing_never_meets_a_lock,
    what_one_transaction_reads_belongs_together,
    a_reading_transaction_cannot_write,
    a_failed_statement_never_counts_as_committed,
    dropped_transactions_do_not_use_the_pool_up
];

/// Nobody touches the first node's pool again, so nothing but the drop can free the lock.
async fn a_dropped_transaction_frees_its_locks_at_once(db: TestDb) {
    let world = World::new(&db).await;
    let item = world.fax(&["+15550001111"]).await.items.remove(0);
    let mut tx = db.system("test").await.unwrap();
    let claimed = items::claim(&mut tx, world.claim("node-1")).await.unwrap();
    assert_eq!(claimed.items.len(), 1);
    drop(tx);

    let other = db.another_node();
    let claimed = eventually("the item can be claimed", DEADLINE, async || {
        world.claimed(&other, "node-2").await.pop()
    });
    assert_eq!(claimed.await.id, item.id);
}

async fn a_dropped_transaction_changes_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
    let mut tx = db.write(world.tenant).await.unwrap();
    faxes::insert(&mut tx, &fax).await.unwrap();
    drop(tx);
    assert_eq!(count(&db, &world).await, 0);
}

/// The status page reads the fax and then its recipients: a verdict in between must not show in the one alone.
async fn what_one_transaction_reads_belongs_together(db: TestDb) {
    let world = World::new(&db).await;
    let mut reading = db.read(world.tenant).await.unwrap();
    let everything = Filter::default();
    let before = faxes::count(&mut reading, world.tenant, everything)
        .await
        .unwrap();
    world.fax(&["+15550001111"]).await;
    let after = faxes::count(&mut reading, world.tenant, everything)
        .await
        .unwrap();
    assert_eq!((before, after), (0, 0));
    drop(reading);
    assert_eq!(count(&db, &world).await, 1);
}

async fn count(db: &Db, world: &World) -> i64 {
    let mut tx = db.read(world.tenant).await.unwrap();
    faxes::count(&mut tx, world.tenant, Filter::default())
        .await
        .unwrap()
}

/// Drops the future when it waits for the `left + 1`st time, in the middle of whatever it waits for.
pub(crate) struct DroppedAfter<'a, F> {
    pub(crate) work: Pin<&'a mut F>,
    pub(crate) left: u32,
}

impl<F: Future> Future for DroppedAfter<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => {
                self.left -= 1;
                Poll::Pending
            }
        }
    }
}

/// A fax with two items and an event, in one transaction.
async fn submit(db: &Db, fax: &Fax, new: &[NewItem]) -> DbResult<()> {
    let (tenant, now) = (fax.tenant_id, fax.created_at);
    let mut tx = db.write(tenant).await?;
    faxes::insert(&mut tx, fax).await?;
    let of = items::ItemsOf {
        tenant,
        fax: fax.id,
        simulated: false,
        priority: fax.priority,
    };
    items::insert_all(&mut tx, of, new, now).await?;
    let event = Event {
        fax: Some(fax.id),
        item: None,
        attempt: None,
        kind: "fax.queued".to_owned(),
        text: "queued".to_owned(),
        data: None,
        at: now,
    };
    events::append(&mut tx, tenant, &event).await?;
    tx.commit().await
}

/// A current-thread runtime, as each actix worker is one, whose handler is dropped at each place where it waits: while the
/// connection opens, in BEGIN, in every statement, in COMMIT.
async fn a_caller_dropped_at_any_step_leaves_nothing_half_done(db: TestDb) {
    let world = Arc::new(World::new(&db).await);
    let (node, shared) = (db.another_node(), world.clone());
    let dropped = on_short_lived_runtime(move || async move {
        let mut dropped = 0;
        // A statement that is over before anybody waits for it makes fewer places: hence twice.
        for left in (0..24).chain(0..24) {
            let fax = shared
                .seed
                .unsaved_fax(shared.tenant, &shared.document, &["+15550001111"]);
            let new = [(); 2].map(|()| NewItem {
                id: ItemId::generate(&shared.seed.ambient),
                recipient_raw: "5550001111".to_owned(),
                destination: "+15550001111".parse().unwrap(),
                due_at: shared.now(),
                waiting_for: None,
            });
            let ended = {
                let work = pin!(submit(&node, &fax, &new));
                DroppedAfter { work, left }.await
            };
            match ended {
                Some(done) => done.unwrap(),
                None => dropped += 1,
            }
        }
        dropped
    });
    let dropped = dropped.await;
    assert!(dropped > 5, "it waited at many places, not {dropped}");

    // Those dropped in COMMIT may or may not have committed: but each as a whole.
    let submitted = eventually("the last transaction has ended", DEADLINE, async || {
        let mut tx = db.write(world.tenant).await.ok()?;
        let listed = faxes::list(&mut tx, world.tenant, Filter::default(), 1000, 0).await;
        Some(listed.unwrap())
    })
    .await;
    assert!(!submitted.is_empty(), "the last was not dropped");
    for fax in &submitted {
        let mut tx = db.read(world.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, world.tenant, fax.id).await.unwrap();
        assert_eq!(items.len(), 2);
        let timeline = events::of_fax(&mut tx, world.tenant, fax.id).await;
        assert_eq!(timeline.unwrap().len(), 1);
    }
}

/// Runs `work` on a current-thread runtime that is gone afterwards.
async fn on_short_lived_runtime<T: Send + 'static, Work: Future<Output = T>>(
    work: impl FnOnce() -> Work + Send + 'static,
) -> T {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work())
    });
    tokio::task::spawn_blocking(|| thread.join().unwrap())
        .await
        .unwrap()
}

async fn a_connection_outlives_the_runtime_that_asked_for_it(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax;
    let (node, tenant) = (db.another_node(), world.tenant);
    let mut tx = on_short_lived_runtime(move || async move {
        let mut tx = node.write(tenant).await.unwrap();
        assert!(tenants::find(&mut tx, tenant).await.unwrap().is_some());
        tx
    })
    .await;

    let found = faxes::lock(&mut tx, tenant, fax.id).await.unwrap();
    assert_eq!(found.unwrap().id, fax.id);
    tx.commit().await.unwrap();
}

/// Two nodes, eight workers each: everybody reads a number, adds one, writes it. A read that became a write would fail at
/// once on SQLite; a fax that is not locked would lose numbers on PostgreSQL.
async fn reading_and_then_writing_never_meets_a_lock(db: TestDb) {
    let world = World::new(&db).await;
    let (tenant, now) = (world.tenant, world.now());
    let fax = world.fax(&["+15550001111"]).await.fax.id;
    let start = Arc::new(Barrier::new(16));
    let mut workers = JoinSet::new();
    for _ in 0..2 {
        let node = db.another_node();
        for _ in 0..8 {
            let (db, start) = (node.clone(), start.clone());
            workers.spawn(async move {
                start.wait().await;
                for _ in 0..5 {
                    let mut tx = db.write(tenant).await.unwrap();
                    let read = faxes::lock(&mut tx, tenant, fax).await.unwrap().unwrap();
                    let number: u32 = read.error.map_or(0, |number| number.parse().unwrap());
                    let progress = Progress {
                        status: FaxStatus::Processing,
                        more_seconds: 1,
                        error: Some((number + 1).to_string()),
                    };
                    faxes::progress(&mut tx, tenant, fax, &progress, now)
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
    }
    workers.join_all().await;
    let mut tx = db.read(tenant).await.unwrap();
    let after = faxes::find(&mut tx, tenant, fax).await.unwrap().unwrap();
    assert_eq!((after.error.as_deref(), after.duration), (Some("80"), 80));
}

async fn a_reading_transaction_cannot_write(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
    let mut tx = db.read(world.tenant).await.unwrap();
    assert!(faxes::insert(&mut tx, &fax).await.is_err());
    drop(tx);

    let mut tx = db.system_read("test").await.unwrap();
    let acme = tenants::by_slug(&mut tx, "acme").await.unwrap().unwrap();
    assert!(tenants::insert(&mut tx, &acme, world.now()).await.is_err());
    drop(tx);
    assert_eq!(count(&db, &world).await, 0);
}

/// A caller may go on after an error that it expects. PostgreSQL has given the transaction up by then, and answers COMMIT
/// with a rollback, and without an error.
async fn a_failed_statement_never_counts_as_committed(db: TestDb) {
    let seed = Seed::new(&db);
    let taken = seed.tenant("taken").await;
    let mut new = taken.clone();
    new.id = faxgate_types::TenantId::generate(&seed.ambient);
    new.slug = "new".to_owned();

    let mut tx = db.system("test").await.unwrap();
    tenants::insert(&mut tx, &new, seed.now()).await.unwrap();
    let refused = tenants::insert(&mut tx, &taken, seed.now()).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
    let committed = tx.commit().await.is_ok();

    let there = system(&db, async |tx| tenants::by_slug(tx, "new").await).await;
    assert_eq!(there.unwrap().is_some(), committed);
}

async fn dropped_transactions_do_not_use_the_pool_up(db: TestDb) {
    let world = World::new(&db).await;
    for _ in 0..30 {
        drop(db.read(world.tenant).await.unwrap());
        drop(db.write(world.tenant).await.unwrap());
        drop(db.system("test").await.unwrap());
    }
    assert_eq!(count(&db, &world).await, 0);
}

#[test]
fn a_url_of_neither_database_is_refused() {
    let runtime = Runtime::new().unwrap();
    let _main = runtime.enter();
    for url in [
        "mysql://localhost/faxgate",
        "sqlite:faxgate.db",
        "faxgate.db",
        "POSTGRES//localhost",
        "",
    ] {
        let options = Options {
            url: url.to_owned(),
            max_connections: 4,
        };
        let error = Db::connect(&options).err().unwrap();
        assert_eq!(
            error.to_string(),
            "database.url must start with sqlite:// or postgres://"
        );
        assert!(!error.is_unavailable());
    }
}

#[test]
fn a_server_that_is_not_there_is_worth_another_try() {
    let runtime = Runtime::new().unwrap();
    let refused = runtime.block_on(async {
        // Bound and closed again: nobody listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let options = Options {
            url: format!("postgres://postgres@127.0.0.1:{port}/faxgate"),
            max_connections: 4,
        };
        let db = Db::connect(&options).unwrap();
        db.system_read("test").await.err().unwrap()
    });
    assert!(refused.is_unavailable());
}

/// An item goes back to the queue in the very moment in which its fax is canceled: one of the two waits for the other, and
/// the cancel is not lost between the states.
#[test]
fn a_cancel_is_not_lost_between_two_states() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        let fax = world.fax(&["+15550001111"]).await.fax.id;
        let item = world.claimed(&db, "node-1").await.remove(0);
        let mut back = db.system("test").await.unwrap();
        let freed = items::hand_back(&mut back, "node-1", true, world.now()).await;
        assert_eq!(freed.unwrap(), 1);

        let (node, tenant, now) = (db.another_node(), world.tenant, world.now());
        let canceling = tokio::spawn(async move {
            let mut tx = node.write(tenant).await.unwrap();
            let counted = items::cancel(&mut tx, tenant, fax, now).await.unwrap();
            tx.commit().await.unwrap();
            counted
        });
        let watch = postgres(&db).await;
        eventually("the cancel waits for the hand-back", DEADLINE, async || {
            let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            watch.query_opt(waiting, &[]).await.unwrap()
        })
        .await;
        back.commit().await.unwrap();
        assert_eq!(canceling.await.unwrap(), (1, 0));
        assert_eq!(world.item(&db, &item).await.state, ItemState::Canceled);
    });
}
