//! One key, one effect.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::faxes::{self, Filter};
use faxgate_db::idempotency::{self, Key, Progress, StoredAnswer};
use faxgate_db::{DbResult, Tx};
use faxgate_test_support::{TestDb, on_both_databases};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{World, system};

on_both_databases![
    a_key_is_reserved_once,
    a_key_is_the_users_own,
    requests_at_once_are_reserved_once,
    what_was_taken_over_cannot_be_completed_by_who_had_it,
    a_request_that_fails_gives_the_key_back,
    a_request_that_has_begun_is_gone_on_with,
    old_keys_are_forgotten
];

fn key(world: &World) -> Key<'static> {
    Key {
        tenant: world.tenant,
        user: world.user.id,
        endpoint: "send",
        key: "order-1",
    }
}

fn answer() -> StoredAnswer {
    StoredAnswer {
        status: 201,
        body: "{}".to_owned(),
        sealed: false,
    }
}

async fn reserve(tx: &mut Tx, world: &World, key: Key<'_>, who: &str) -> DbResult<bool> {
    let now = world.now();
    idempotency::reserve(tx, key, "hash", who, now + Duration::from_secs(60), now).await
}

/// In a transaction of its own.
async fn alone<T>(db: &TestDb, world: &World, work: impl AsyncFnOnce(&mut Tx) -> DbResult<T>) -> T {
    let mut tx = db.write(world.tenant).await.unwrap();
    let done = work(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn a_key_is_reserved_once(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    let mut tx = db.write(world.tenant).await.unwrap();
    assert!(idempotency::find(&mut tx, key).await.unwrap().is_none());
    assert!(reserve(&mut tx, &world, key, "one").await.unwrap());
    assert!(!reserve(&mut tx, &world, key, "two").await.unwrap());
    let found = idempotency::find(&mut tx, key).await.unwrap().unwrap();
    assert_eq!(found.body_sha256, "hash");
    let until = world.now() + Duration::from_secs(60);
    let under_way = Progress::UnderWay {
        reservation: "one".to_owned(),
        lease_until: Some(until),
        begun: false,
    };
    assert_eq!(found.progress, under_way);
    let completed = idempotency::complete(&mut tx, key, "one", &answer()).await;
    assert!(completed.unwrap());
    let found = idempotency::find(&mut tx, key).await.unwrap().unwrap();
    assert_eq!(found.progress, Progress::Done(answer()));
    // What is done stays as it is.
    let again = idempotency::complete(&mut tx, key, "one", &answer()).await;
    assert!(!again.unwrap());
    let taken = idempotency::take_over(&mut tx, key, "one", "two", until).await;
    assert!(!taken.unwrap());
    idempotency::give_back(&mut tx, key, "one").await.unwrap();
    assert!(idempotency::find(&mut tx, key).await.unwrap().is_some());
}

async fn a_key_is_the_users_own(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let other_endpoint = Key {
        endpoint: "cancel",
        ..key(&world)
    };
    for key in [key(&world), other_endpoint, key(&stranger)] {
        let mut tx = db.write(key.tenant).await.unwrap();
        assert!(reserve(&mut tx, &world, key, "one").await.unwrap());
        tx.commit().await.unwrap();
    }
}

/// Eight requests on two nodes: one gets the key, and only its effect is there.
async fn requests_at_once_are_reserved_once(db: TestDb) {
    let world = World::new(&db).await;
    let (key, now) = (key(&world), world.now());
    let start = Arc::new(Barrier::new(8));
    let mut requests = JoinSet::new();
    for node in 0..2 {
        let db = db.another_node();
        for request in 0..4 {
            let fax = world
                .seed
                .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
            let (db, start) = (db.clone(), start.clone());
            requests.spawn(async move {
                start.wait().await;
                let who = format!("{node}-{request}");
                let until = now + Duration::from_secs(60);
                let mut tx = db.write(key.tenant).await.unwrap();
                let reserved = idempotency::reserve(&mut tx, key, "hash", &who, until, now).await;
                tx.commit().await.unwrap();
                if !reserved.unwrap() {
                    return 0;
                }
                let mut tx = db.write(key.tenant).await.unwrap();
                faxes::insert(&mut tx, &fax).await.unwrap();
                let completed = idempotency::complete(&mut tx, key, &who, &answer()).await;
                assert!(completed.unwrap());
                tx.commit().await.unwrap();
                1
            });
        }
    }
    let effects: usize = requests.join_all().await.into_iter().sum();
    assert_eq!(effects, 1);
    let mut tx = db.read(key.tenant).await.unwrap();
    let faxes = faxes::list(&mut tx, key.tenant, Filter::default(), 10, 0).await;
    assert_eq!(faxes.unwrap().len(), 1);
}

async fn what_was_taken_over_cannot_be_completed_by_who_had_it(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    let until = world.now() + Duration::from_secs(60);
    alone(&db, &world, async |tx| {
        reserve(tx, &world, key, "one").await
    })
    .await;
    for (former, taken) in [("nobody", false), ("one", true), ("one", false)] {
        let took = alone(&db, &world, async |tx| {
            idempotency::take_over(tx, key, former, "two", until).await
        });
        assert_eq!(took.await, taken, "{former}");
    }
    for (who, completes) in [("one", false), ("two", true)] {
        let completed = alone(&db, &world, async |tx| {
            idempotency::complete(tx, key, who, &answer()).await
        });
        assert_eq!(completed.await, completes, "{who}");
    }
}

async fn a_request_that_fails_gives_the_key_back(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    for who in ["one", "two"] {
        alone(&db, &world, async |tx| {
            assert!(reserve(tx, &world, key, who).await?);
            // Nobody gives back what is another's.
            idempotency::give_back(tx, key, "somebody else").await?;
            assert!(idempotency::find(tx, key).await?.is_some());
            idempotency::give_back(tx, key, who).await?;
            assert!(idempotency::find(tx, key).await?.is_none());
            Ok(())
        })
        .await;
    }
}

async fn a_request_that_has_begun_is_gone_on_with(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    let until = world.now() + Duration::from_secs(60);
    alone(&db, &world, async |tx| {
        assert!(reserve(tx, &world, key, "one").await?);
        assert!(!idempotency::begin(tx, key, "two").await?);
        assert!(idempotency::begin(tx, key, "one").await?);
        idempotency::give_back(tx, key, "one").await
    })
    .await;
    alone(&db, &world, async |tx| {
        let found = idempotency::find(tx, key).await?.unwrap();
        let waits = Progress::UnderWay {
            reservation: "one".to_owned(),
            lease_until: None,
            begun: true,
        };
        assert_eq!(found.progress, waits);
        assert!(idempotency::take_over(tx, key, "one", "two", until).await?);
        assert!(idempotency::complete(tx, key, "two", &answer()).await?);
        Ok(())
    })
    .await;
}

async fn old_keys_are_forgotten(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    alone(&db, &world, async |tx| {
        reserve(tx, &world, key, "one").await
    })
    .await;
    let taken_at = world.now();
    for (before, forgotten) in [
        (taken_at, 0),
        (taken_at + Duration::from_micros(1), 1),
        (taken_at + Duration::from_secs(1), 0),
    ] {
        let count = system(&db, async |tx| idempotency::forget(tx, before).await);
        assert_eq!(count.await.unwrap(), forgotten);
    }
}
