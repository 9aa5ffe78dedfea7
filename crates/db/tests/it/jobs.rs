//! Work that is not a call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use faxgate_db::jobs::{self, Job, Kinds};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::JobId;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{LEASE, World, system};

on_both_databases![
    a_tenant_leaves_work_behind,
    the_same_work_is_added_once,
    every_job_is_claimed_once,
    a_lapsed_job_is_claimed_again,
    a_finished_job_is_gone,
    a_failed_job_comes_again_when_it_is_due,
    a_job_that_is_given_up_stays,
    a_restarted_node_hands_back_its_jobs,
    kinds_are_claimed_apart,
];

/// Adds a job as a tenant's change does.
async fn add(db: &TestDb, world: &World, subject: &str) -> JobId {
    let id = JobId::generate(&world.seed.ambient);
    let mut tx = db.write(world.tenant).await.unwrap();
    jobs::add(&mut tx, id, "render", subject, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn claim(db: &TestDb, world: &World, node: &str) -> Vec<Job> {
    let (now, until) = (world.now(), world.now() + LEASE);
    let claimed = system(db, async |tx| {
        jobs::claim(tx, node, (now, until), Kinds::All, 10).await
    });
    claimed.await.unwrap()
}

async fn finish(db: &TestDb, job: JobId, node: &str) -> bool {
    let finished = system(db, async |tx| jobs::finish(tx, job, node).await);
    finished.await.unwrap()
}

async fn a_tenant_leaves_work_behind(db: TestDb) {
    let world = World::new(&db).await;
    let id = add(&db, &world, "a fax").await;
    let claimed = claim(&db, &world, "node-1").await;
    let [job] = &claimed[..] else {
        panic!("one job, not {}", claimed.len())
    };
    assert_eq!((job.id, job.tries), (id, 0));
    assert_eq!((&*job.kind, &*job.subject), ("render", "a fax"));
}

async fn the_same_work_is_added_once(db: TestDb) {
    let world = World::new(&db).await;
    let first = add(&db, &world, "a fax").await;
    add(&db, &world, "a fax").await;
    let other = add(&db, &world, "another fax").await;
    let ids: BTreeSet<_> = claim(&db, &world, "node-1")
        .await
        .iter()
        .map(|job| job.id)
        .collect();
    assert_eq!(ids, BTreeSet::from([first, other]));
}

async fn every_job_is_claimed_once(db: TestDb) {
    let world = World::new(&db).await;
    for n in 0..100 {
        add(&db, &world, &format!("fax {n}")).await;
    }
    let (now, until) = (world.now(), world.now() + LEASE);
    let start = Arc::new(Barrier::new(8));
    let mut workers = JoinSet::new();
    for node in ["node-1", "node-2"] {
        let connected = db.another_node();
        for _ in 0..4 {
            let (db, start) = (connected.clone(), start.clone());
            workers.spawn(async move {
                start.wait().await;
                let mut mine = Vec::new();
                loop {
                    let some = system(&db, async |tx| {
                        jobs::claim(tx, node, (now, until), Kinds::All, 3).await
                    });
                    match some.await.unwrap() {
                        some if some.is_empty() => return mine,
                        some => mine.extend(some.into_iter().map(|job| job.id)),
                    }
                }
            });
        }
    }
    let claimed: Vec<JobId> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), distinct.len()), (100, 100));
}

async fn a_lapsed_job_is_claimed_again(db: TestDb) {
    let world = World::new(&db).await;
    let id = add(&db, &world, "a fax").await;
    assert_eq!(claim(&db, &world, "node-1").await.len(), 1);
    world.seed.clock.advance(LEASE);
    assert!(claim(&db, &world, "node-2").await.is_empty());
    world.seed.clock.advance(Duration::from_micros(1));
    assert_eq!(claim(&db, &world, "node-2").await.len(), 1);

    assert!(!finish(&db, id, "node-1").await, "it is another's by now");
    assert!(finish(&db, id, "node-2").await);
}

async fn a_finished_job_is_gone(db: TestDb) {
    let world = World::new(&db).await;
    let id = add(&db, &world, "a fax").await;
    claim(&db, &world, "node-1").await;
    assert!(finish(&db, id, "node-1").await);
    assert!(!finish(&db, id, "node-1").await, "its effect is there once");
    world.seed.clock.advance(LEASE * 2);
    assert!(claim(&db, &world, "node-1").await.is_empty());
    let again = add(&db, &world, "a fax").await;
    assert_eq!(claim(&db, &world, "node-1").await[0].id, again);
}

async fn a_failed_job_comes_again_when_it_is_due(db: TestDb) {
    let world = World::new(&db).await;
    let id = add(&db, &world, "a fax").await;
    claim(&db, &world, "node-1").await;
    let (now, due) = (world.now(), world.now() + Duration::from_secs(60));
    for node in ["node-2", "node-1"] {
        // Whose it is not says nothing.
        system(&db, async |tx| {
            jobs::fail(tx, id, node, "the disk is full", Some(due), now).await
        })
        .await
        .unwrap();
    }
    world.seed.clock.advance(Duration::from_secs(59));
    assert!(claim(&db, &world, "node-1").await.is_empty());
    world.seed.clock.advance(Duration::from_secs(1));
    let claimed = claim(&db, &world, "node-2").await;
    assert_eq!((claimed.len(), claimed[0].tries), (1, 1));
}

async fn a_job_that_is_given_up_stays(db: TestDb) {
    let world = World::new(&db).await;
    let id = add(&db, &world, "a fax").await;
    claim(&db, &world, "node-1").await;
    let now = world.now();
    system(&db, async |tx| {
        jobs::fail(tx, id, "node-1", "it can never be done", None, now).await
    })
    .await
    .unwrap();
    world.seed.clock.advance(LEASE * 100);
    assert!(claim(&db, &world, "node-1").await.is_empty());
    assert!(!finish(&db, id, "node-1").await, "nobody has it");
}

async fn a_restarted_node_hands_back_its_jobs(db: TestDb) {
    let world = World::new(&db).await;
    add(&db, &world, "a fax").await;
    claim(&db, &world, "node-1").await;
    let back = async |node: &str| {
        let back = system(&db, async |tx| jobs::hand_back(tx, node).await);
        back.await.unwrap()
    };
    assert_eq!(back("node-2").await, 0);
    assert_eq!(back("node-1").await, 1);
    assert_eq!(claim(&db, &world, "node-1").await.len(), 1, "at once");
}

async fn kinds_are_claimed_apart(db: TestDb) {
    let world = World::new(&db).await;
    add(&db, &world, "a fax").await;
    let (now, until) = (world.now(), world.now() + LEASE);
    let claim = async |kinds: Kinds<'_>| {
        let claimed = system(&db, async |tx| {
            jobs::claim(tx, "node-1", (now, until), kinds, 10).await
        });
        claimed.await.unwrap().len()
    };
    assert_eq!(claim(Kinds::Besides(&["render", "retain"])).await, 0);
    assert_eq!(claim(Kinds::Only(&["retain"])).await, 0);
    assert_eq!(claim(Kinds::Only(&["render", "retain"])).await, 1);
    add(&db, &world, "another fax").await;
    assert_eq!(claim(Kinds::Besides(&["retain"])).await, 1);
}
