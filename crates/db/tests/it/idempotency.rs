//! One key, one effect.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::faxes::{self, Filter};
use faxgate_db::idempotency::{self, Key};
use faxgate_test_support::{TestDb, on_both_databases};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{World, system};

on_both_databases![
    a_key_is_taken_once,
    a_key_is_the_users_own,
    requests_at_once_have_one_effect,
    a_request_that_fails_gives_the_key_back,
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

async fn a_key_is_taken_once(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    let mut tx = db.write(world.tenant).await.unwrap();
    assert!(idempotency::find(&mut tx, key).await.unwrap().is_none());
    let first = idempotency::take(&mut tx, key, "hash-1", "answer-1", world.now()).await;
    assert!(first.unwrap().is_none());
    let second = idempotency::take(&mut tx, key, "hash-2", "answer-2", world.now()).await;
    let given = second.unwrap().unwrap();
    assert_eq!(
        (&*given.body_sha256, &*given.answer),
        ("hash-1", "answer-1")
    );
    let found = idempotency::find(&mut tx, key).await.unwrap().unwrap();
    assert_eq!(found.answer, "answer-1");
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
        let taken = idempotency::take(&mut tx, key, "hash", "answer", world.now()).await;
        assert!(taken.unwrap().is_none());
        tx.commit().await.unwrap();
    }
}

/// Eight requests on two nodes: each takes the key in the transaction of its effect, and commits only when it was first.
async fn requests_at_once_have_one_effect(db: TestDb) {
    let world = World::new(&db).await;
    let (key, now) = (key(&world), world.now());
    let start = Arc::new(Barrier::new(8));
    let mut requests = JoinSet::new();
    for _ in 0..2 {
        let node = db.another_node();
        for _ in 0..4 {
            let fax = world
                .seed
                .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
            let (db, start) = (node.clone(), start.clone());
            requests.spawn(async move {
                start.wait().await;
                let mut tx = db.write(key.tenant).await.unwrap();
                let answer = fax.id.to_string();
                let taken = idempotency::take(&mut tx, key, "hash", &answer, now).await;
                if let Some(given) = taken.unwrap() {
                    return given.answer;
                }
                faxes::insert(&mut tx, &fax).await.unwrap();
                tx.commit().await.unwrap();
                answer
            });
        }
    }
    let answers = requests.join_all().await;
    let mut tx = db.read(key.tenant).await.unwrap();
    let faxes = faxes::list(&mut tx, key.tenant, Filter::default(), 10, 0).await;
    let faxes = faxes.unwrap();
    assert_eq!(faxes.len(), 1);
    assert_eq!(answers, vec![faxes[0].id.to_string(); 8]);
}

async fn a_request_that_fails_gives_the_key_back(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    for commits in [false, true] {
        let mut tx = db.write(world.tenant).await.unwrap();
        let taken = idempotency::take(&mut tx, key, "hash", "answer", world.now()).await;
        assert!(taken.unwrap().is_none());
        if commits {
            tx.commit().await.unwrap();
        }
    }
}

async fn old_keys_are_forgotten(db: TestDb) {
    let world = World::new(&db).await;
    let key = key(&world);
    let mut tx = db.write(world.tenant).await.unwrap();
    idempotency::take(&mut tx, key, "hash", "answer", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

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
