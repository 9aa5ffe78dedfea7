//! What nodes tell one another.

use std::pin::pin;

use faxgate_db::{Wake, Wakes};
use faxgate_test_support::{DEADLINE, Kind, Seed, TestDb, eventually, run};
use tokio::time::timeout;

use crate::raw::postgres;
use crate::sharing::waits;

const LISTENERS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN faxgate'";

async fn next(wakes: &mut Wakes) -> Wake {
    timeout(DEADLINE, wakes.next()).await.unwrap()
}

/// A listener that is there.
async fn listening(db: &TestDb) -> Wakes {
    let mut wakes = db.another_node().wakes();
    assert_eq!(next(&mut wakes).await, Wake::Everything);
    wakes
}

async fn tell(db: &TestDb, wake: Wake) {
    let mut tx = db.system("test").await.unwrap();
    tx.wake(wake);
    tx.commit().await.unwrap();
}

#[test]
fn every_kind_of_notice_arrives_as_what_it_is() {
    run(Kind::Postgres, async |db| {
        let mut wakes = listening(&db).await;
        for wake in [
            Wake::Queue,
            Wake::Cancel,
            Wake::Jobs,
            Wake::CallRecord,
            Wake::CarrierEvent,
            Wake::Events,
            Wake::Everything,
        ] {
            tell(&db, wake).await;
            assert_eq!(next(&mut wakes).await, wake);
        }
    });
}

#[test]
fn a_tenants_transaction_tells_when_it_commits_and_only_then() {
    run(Kind::Postgres, async |db| {
        let tenant = Seed::new(&db).tenant("acme").await.id;
        let mut wakes = listening(&db).await;
        let mut dropped = db.write(tenant).await.unwrap();
        dropped.wake(Wake::Cancel);
        drop(dropped);
        let mut told = db.write(tenant).await.unwrap();
        told.wake(Wake::Queue);
        told.wake(Wake::Queue);
        tell(&db, Wake::Jobs).await;
        assert_eq!(next(&mut wakes).await, Wake::Jobs);
        told.commit().await.unwrap();
        assert_eq!(next(&mut wakes).await, Wake::Queue);
        tell(&db, Wake::Jobs).await;
        assert_eq!(next(&mut wakes).await, Wake::Jobs);
    });
}

#[test]
fn a_listener_that_was_cut_off_takes_everything_for_new_and_hears_again() {
    run(Kind::Postgres, async |db| {
        let mut wakes = listening(&db).await;
        let watch = postgres(&db).await;
        for _ in 0..3 {
            let end = format!("SELECT pg_terminate_backend(pid) {LISTENERS}");
            assert_eq!(watch.query(&end, &[]).await.unwrap().len(), 1);
            assert_eq!(next(&mut wakes).await, Wake::Everything);
            tell(&db, Wake::CallRecord).await;
            assert_eq!(next(&mut wakes).await, Wake::CallRecord);
        }
    });
}

#[test]
fn notices_of_another_database_are_not_heard() {
    run(Kind::Postgres, async |db| {
        let other = TestDb::new(Kind::Postgres).await;
        let mut wakes = listening(&db).await;
        let mut theirs = listening(&other).await;
        tell(&other, Wake::Cancel).await;
        assert_eq!(next(&mut theirs).await, Wake::Cancel);
        tell(&db, Wake::Queue).await;
        assert_eq!(next(&mut wakes).await, Wake::Queue);
    });
}

#[test]
fn a_listener_that_is_dropped_is_gone() {
    run(Kind::Postgres, async |db| {
        let watch = postgres(&db).await;
        drop(listening(&db).await);
        eventually("nobody listens", DEADLINE, async || {
            let listeners = format!("SELECT 1 {LISTENERS}");
            watch
                .query(&listeners, &[])
                .await
                .unwrap()
                .is_empty()
                .then_some(())
        })
        .await;
    });
}

#[test]
fn a_listener_waits_for_a_server_that_is_not_there_yet() {
    run(Kind::Postgres, async |db| {
        let watch = postgres(&db).await;
        let name: String = watch
            .query_one("SELECT current_database()::text", &[])
            .await
            .unwrap()
            .get(0);
        let limit = |limit: i32| format!("ALTER DATABASE {name} CONNECTION LIMIT {limit}");
        watch.batch_execute(&limit(0)).await.unwrap();
        let node = db.another_node();
        let mut wakes = node.wakes();
        assert!(node.system("test").await.err().unwrap().is_unavailable());
        assert!(waits(pin!(wakes.next())).await);
        watch.batch_execute(&limit(-1)).await.unwrap();
        assert_eq!(next(&mut wakes).await, Wake::Everything);
    });
}

#[test]
fn on_sqlite_a_process_tells_itself_what_it_committed() {
    run(Kind::Sqlite, async |db| {
        let mut wakes = db.wakes();
        let mut others = db.wakes();
        let mut dropped = db.system("test").await.unwrap();
        dropped.wake(Wake::Cancel);
        drop(dropped);
        tell(&db, Wake::Queue).await;
        assert_eq!(next(&mut wakes).await, Wake::Queue);
        assert_eq!(next(&mut others).await, Wake::Queue);
        assert!(waits(pin!(wakes.next())).await);
    });
}
