//! A server that ends connections, refuses them or breaks off a transaction: what passes is told from what does not, and
//! nobody is given a connection that is dead.

use std::sync::Arc;

use faxgate_db::{DbError, faxes, tenants};
use faxgate_test_support::{Kind, TestDb, run};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::postgres;
use crate::world::World;

/// Ends every connection to the database but one, as PostgreSQL does when it is stopped; gives how many there were.
async fn end_all(db: &TestDb) -> usize {
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    postgres(db).await.query(end, &[]).await.unwrap().len()
}

#[test]
fn connections_that_were_ended_are_not_handed_out_again() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        for _ in 0..3 {
            let together = Arc::new(Barrier::new(9));
            let mut workers = JoinSet::new();
            for _ in 0..9 {
                let (db, tenant, together) = ((*db).clone(), world.tenant, together.clone());
                workers.spawn(async move {
                    let mut tx = db.write(tenant).await.unwrap();
                    together.wait().await;
                    assert!(tenants::find(&mut tx, tenant).await.unwrap().is_some());
                    tx.commit().await.unwrap();
                });
            }
            workers.join_all().await;
            assert_eq!(end_all(&db).await, 9);
        }
    });
}

#[test]
fn a_transaction_whose_connection_is_ended_is_worth_another_try() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        let mut asking = db.write(world.tenant).await.unwrap();
        let committing = db.write(world.tenant).await.unwrap();
        assert!(end_all(&db).await >= 2);
        let asked = tenants::find(&mut asking, world.tenant).await;
        assert_passes(&asked.unwrap_err());
        assert_passes(&committing.commit().await.unwrap_err());
    });
}

fn assert_passes(error: &DbError) {
    assert!(error.is_unavailable(), "{error:?}");
}

#[test]
fn a_deadlock_is_worth_another_try() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        let tenant = world.tenant;
        let fax = world.fax(&["+15550001111"]).await.fax.id;
        let other = world.fax(&["+15550002222"]).await.fax.id;
        let together = Arc::new(Barrier::new(2));
        let mut workers = JoinSet::new();
        for (first, second) in [(fax, other), (other, fax)] {
            let (db, together) = ((*db).clone(), together.clone());
            workers.spawn(async move {
                let mut tx = db.write(tenant).await.unwrap();
                faxes::lock(&mut tx, tenant, first).await.unwrap();
                together.wait().await;
                faxes::lock(&mut tx, tenant, second).await.map(drop)
            });
        }
        let results = workers.join_all().await;
        let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert_eq!(failed.len(), 1);
        assert_passes(&failed[0]);
    });
}

#[test]
fn a_server_that_takes_no_more_connections_is_worth_another_try() {
    run(Kind::Postgres, async |db| {
        let owner = postgres(&db).await;
        let limit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$";
        owner.batch_execute(limit).await.unwrap();
        let refused = db.another_node().system("test").await;
        assert_passes(&refused.err().unwrap());
    });
}
