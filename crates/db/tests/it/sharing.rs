//! SQLite's transactions share commits: whatever one of them does, the others are as they would be alone.
//!
//! The clock stands still in most of these tests, so that no group is closed because a machine is slow.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use faxgate_db::call_records::{self, CallRecord};
use faxgate_db::{Db, DbResult, System};
use faxgate_test_support::{Kind, Seed, TestDb, run};
use faxgate_types::CallUuid;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::hazards::DroppedAfter;
use crate::raw;

/// Runs a test on SQLite with a clock that stands.
fn standing<Test: Future<Output = ()>>(test: impl FnOnce(TestDb) -> Test) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(async { test(TestDb::new(Kind::Sqlite).await).await });
}

/// Lets `work` go as far as it comes at once, and tells whether it waits then.
pub(crate) async fn waits<F: Future>(mut work: Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending())).await
}

fn record(seed: &Seed, source: &str) -> CallRecord {
    CallRecord {
        call_uuid: CallUuid::generate(&seed.ambient),
        source: source.to_owned(),
        body: "<cdr/>".to_owned(),
        received_at: seed.now(),
    }
}

async fn put(tx: &mut System, seed: &Seed, source: &str) -> DbResult<()> {
    let new = call_records::put(tx, &record(seed, source)).await?;
    assert!(new);
    Ok(())
}

/// A transaction that has written `source`.
async fn written(db: &Db, seed: &Seed, source: &str) -> System {
    let mut tx = db.system("test").await.unwrap();
    put(&mut tx, seed, source).await.unwrap();
    tx
}

/// What a reader sees, in order.
async fn seen(db: &Db) -> Vec<String> {
    let mut tx = db.system_read("test").await.unwrap();
    let mut sources = Vec::new();
    for (call, _) in call_records::waiting(&mut tx, 1000).await.unwrap() {
        let record = call_records::get(&mut tx, call).await.unwrap();
        sources.extend(record.map(|record| record.source));
    }
    tx.commit().await.unwrap();
    sources.sort();
    sources
}

#[test]
fn a_transaction_that_commits_while_others_wait_is_seen_with_theirs() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "first").await;
        let mut next = pin!(db.system("test"));
        assert!(waits(next.as_mut()).await);
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);

        let mut second = next.await.unwrap();
        put(&mut second, &seed, "second").await.unwrap();
        assert!(waits(committing.as_mut()).await);
        assert!(seen(&db).await.is_empty());

        second.commit().await.unwrap();
        assert_eq!(seen(&db).await, ["first", "second"]);
        committing.await.unwrap();
    });
}

#[test]
fn nobody_waits_for_company() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let alone = written(&db, &seed, "alone").await;
        alone.commit().await.unwrap();
        assert_eq!(seen(&db).await, ["alone"]);
    });
}

#[test]
fn a_group_that_has_waited_long_enough_takes_nobody_in() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "first").await;
        let mut second = pin!(db.system("test"));
        assert!(waits(second.as_mut()).await);
        let mut third = pin!(db.system("test"));
        assert!(waits(third.as_mut()).await);
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);
        let second = second.await.unwrap();
        assert!(waits(committing.as_mut()).await);

        tokio::time::advance(Duration::from_millis(5)).await;
        let mut ending = pin!(second.commit());
        assert!(waits(ending.as_mut()).await);
        let third = third.await.unwrap();
        ending.await.unwrap();
        committing.await.unwrap();
        assert_eq!(seen(&db).await, ["first"]);
        third.commit().await.unwrap();
    });
}

#[test]
fn a_group_of_sixty_four_is_full() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "0").await;
        let mut queue = Vec::new();
        for _ in 1..=64 {
            let mut begin = Box::pin(db.system("test"));
            assert!(waits(begin.as_mut()).await);
            queue.push(begin);
        }
        let last = queue.pop().unwrap();
        let mut ending = vec![Box::pin(first.commit())];
        assert!(waits(ending[0].as_mut()).await);
        for begin in queue {
            let mut tx = begin.await.unwrap();
            assert!(seen(&db).await.is_empty());
            put(&mut tx, &seed, "more").await.unwrap();
            let mut commit = Box::pin(tx.commit());
            assert!(waits(commit.as_mut()).await);
            ending.push(commit);
        }
        let last = last.await.unwrap();
        assert_eq!(ending.len(), 64);
        for commit in ending {
            commit.await.unwrap();
        }
        assert_eq!(seen(&db).await.len(), 64);
        drop(last);
    });
}

#[test]
fn a_dropped_transaction_takes_back_its_own_changes_alone() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "first").await;
        let mut second = pin!(db.system("test"));
        assert!(waits(second.as_mut()).await);
        let mut third = pin!(db.system("test"));
        assert!(waits(third.as_mut()).await);
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);
        let mut second = second.await.unwrap();
        put(&mut second, &seed, "second").await.unwrap();
        drop(second);

        let mut third = third.await.unwrap();
        assert!(waits(committing.as_mut()).await);
        put(&mut third, &seed, "third").await.unwrap();
        third.commit().await.unwrap();
        committing.await.unwrap();
        assert_eq!(seen(&db).await, ["first", "third"]);
    });
}

/// It is dropped in the middle of each of its steps: while it waits for its turn, in BEGIN, in its statement, in its commit.
#[test]
fn whoever_gives_up_leaves_the_others_their_commit() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let (mut dropped, mut ended) = (0, 0);
        for left in (0..12).chain(0..12) {
            let before = seen(&db).await;
            let first = written(&db, &seed, "first").await;
            let mut submitting = Box::pin(async {
                let mut tx = db.system("test").await?;
                put(&mut tx, &seed, "given up").await?;
                tx.commit().await
            });
            assert!(waits(submitting.as_mut()).await);
            let mut committing = pin!(first.commit());
            assert!(waits(committing.as_mut()).await);
            let work = submitting.as_mut();
            let given_up = match (DroppedAfter { work, left }).await {
                Some(done) => {
                    done.unwrap();
                    ended += 1;
                    false
                }
                None => {
                    dropped += 1;
                    true
                }
            };
            drop(submitting);
            committing.await.unwrap();

            let last = written(&db, &seed, "last").await;
            last.commit().await.unwrap();
            let more = seen(&db).await.len() - before.len();
            assert!(more == 3 || given_up && more == 2, "{more} more");
        }
        // A step that is over before anybody waits for it makes fewer places; its turn it always waits for.
        assert!(
            dropped >= 2 && ended > 0,
            "dropped {dropped} times, not {ended}"
        );
    });
}

/// The same, but the future is gone, not only left alone: what it held is dropped in that very moment.
#[test]
fn a_task_that_is_aborted_leaves_the_others_their_commit() {
    standing(async |db| {
        let seed = Arc::new(Seed::new(&db));
        let mut before = 0;
        for steps in 0..40 {
            let first = written(&db, &seed, "first").await;
            let (node, shared) = ((*db).clone(), seed.clone());
            let doomed = tokio::spawn(async move {
                let mut tx = node.system("test").await.unwrap();
                put(&mut tx, &shared, "doomed").await.unwrap();
                tx.commit().await.unwrap();
            });
            tokio::task::yield_now().await;
            let committing = tokio::spawn(first.commit());
            for _ in 0..steps {
                tokio::task::yield_now().await;
            }
            doomed.abort();
            committing.await.unwrap().unwrap();
            let _ = doomed.await;
            let last = written(&db, &seed, "last").await;
            last.commit().await.unwrap();
            let now = seen(&db).await.len();
            assert!((2..=3).contains(&(now - before)));
            before = now;
        }
    });
}

#[test]
fn a_transaction_that_panics_leaves_the_others_their_commit() {
    standing(async |db| {
        let seed = Arc::new(Seed::new(&db));
        let first = written(&db, &seed, "first").await;
        let (node, shared) = ((*db).clone(), seed.clone());
        let panicking = tokio::spawn(async move {
            let _open = written(&node, &shared, "panics").await;
            panic!("as it was told to");
        });
        tokio::task::yield_now().await;
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);
        assert!(panicking.await.unwrap_err().is_panic());
        committing.await.unwrap();
        assert_eq!(seen(&db).await, ["first"]);
    });
}

#[test]
fn a_transaction_can_be_dropped_where_no_runtime_is() {
    standing(async |db| {
        let seed = Seed::new(&db);
        let open = written(&db, &seed, "dropped").await;
        std::thread::spawn(move || drop(open)).join().unwrap();
        written(&db, &seed, "next").await.commit().await.unwrap();
        assert_eq!(seen(&db).await, ["next"]);
    });
}

/// No table of ours is checked only at COMMIT, so a table and a trigger are added.
#[test]
fn a_commit_that_fails_has_failed_for_everybody_in_it() {
    standing(async |db| {
        raw::execute(
            &db,
            "CREATE TABLE parents (id TEXT PRIMARY KEY);
             CREATE TABLE children (parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER doom AFTER INSERT ON call_records WHEN NEW.source = 'doomed'
             BEGIN INSERT INTO children VALUES ('nobody'); END;",
        )
        .await;
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "first").await;
        let mut next = pin!(db.system("test"));
        assert!(waits(next.as_mut()).await);
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);
        let mut second = next.await.unwrap();
        put(&mut second, &seed, "doomed").await.unwrap();

        assert!(second.commit().await.unwrap_err().is_unavailable());
        assert!(committing.await.unwrap_err().is_unavailable());
        assert!(seen(&db).await.is_empty());
        written(&db, &seed, "next").await.commit().await.unwrap();
        assert_eq!(seen(&db).await, ["next"]);
    });
}

/// As SQLite does by itself when the disk is full: there is no savepoint to go back to, and nothing of anybody's is left.
#[test]
fn a_transaction_that_sqlite_rolls_back_as_a_whole_has_failed_for_everybody() {
    standing(async |db| {
        raw::execute(
            &db,
            "CREATE TRIGGER poison BEFORE INSERT ON call_records WHEN NEW.source = 'poison'
             BEGIN SELECT RAISE(ROLLBACK, 'no space'); END;",
        )
        .await;
        let seed = Seed::new(&db);
        let first = written(&db, &seed, "first").await;
        let mut next = pin!(db.system("test"));
        assert!(waits(next.as_mut()).await);
        let mut committing = pin!(first.commit());
        assert!(waits(committing.as_mut()).await);
        let mut second = next.await.unwrap();
        assert!(put(&mut second, &seed, "poison").await.is_err());
        // SQLite would write it down, in no transaction.
        assert!(put(&mut second, &seed, "after it").await.is_err());
        drop(second);

        assert!(committing.await.unwrap_err().is_unavailable());
        written(&db, &seed, "next").await.commit().await.unwrap();
        assert_eq!(seen(&db).await, ["next"]);
    });
}

/// Two nodes on one file, two hundred transactions at once: each is on the disk, for everybody, when its commit returns.
#[test]
fn what_is_committed_is_seen_by_everybody_at_once() {
    run(Kind::Sqlite, async |db| {
        let seed = Arc::new(Seed::new(&db));
        let other = db.another_node();
        let start = Arc::new(Barrier::new(200));
        let mut workers = JoinSet::new();
        for number in 0..200 {
            let (writer, reader) = if number % 4 == 0 {
                (other.clone(), (*db).clone())
            } else {
                ((*db).clone(), other.clone())
            };
            let (seed, start) = (seed.clone(), start.clone());
            workers.spawn(async move {
                let new = record(&seed, "one of many");
                start.wait().await;
                let mut tx = writer.system("test").await.unwrap();
                assert!(call_records::put(&mut tx, &new).await.unwrap());
                if number % 5 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
                let mut tx = reader.system_read("test").await.unwrap();
                let found = call_records::get(&mut tx, new.call_uuid).await.unwrap();
                assert_eq!(found.is_some(), number % 5 != 0);
            });
        }
        workers.join_all().await;
        assert_eq!(seen(&db).await.len(), 160);
    });
}
