//! Claims and leases: each item to one node, and to another when that node is gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use faxgate_db::items::{self, Adoption, Claim, Item};
use faxgate_db::{Db, attempts};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{AttemptPhase, ItemId, ItemState, Timestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::attempts::intent;
use crate::world::{LEASE, World, items_of, system};

on_both_databases![
    every_item_is_claimed_once,
    what_is_not_due_is_not_claimed,
    the_oldest_due_comes_first,
    test_faxes_are_claimed_apart,
    a_lapsed_claim_goes_back_to_the_queue,
    a_restarted_node_hands_back_its_own_claims,
    a_heartbeat_keeps_the_lease,
    an_open_attempt_is_adopted_with_a_new_fence,
    one_of_two_nodes_adopts,
    a_restarted_node_adopts_its_own_calls,
    a_late_heartbeat_loses_no_call_to_oneself
];

/// Two nodes with connections of their own, eight workers each.
async fn every_item_is_claimed_once(db: TestDb) {
    let world = World::new(&db).await;
    for _ in 0..20 {
        world.fax_to(10).await;
    }
    let claim = Claim {
        limit: 3,
        ..world.claim("")
    };
    let start = Arc::new(Barrier::new(16));
    let mut workers = JoinSet::new();
    for node in ["node-1", "node-2"] {
        let connected = db.another_node();
        for _ in 0..8 {
            let claim = Claim { node, ..claim };
            let (db, start) = (connected.clone(), start.clone());
            workers.spawn(async move {
                start.wait().await;
                claim_until_empty(&db, claim).await
            });
        }
    }
    let claimed: Vec<Item> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 200);
    let distinct: BTreeSet<ItemId> = claimed.iter().map(|item| item.id).collect();
    assert_eq!(distinct.len(), 200, "nobody got what another had");
    assert!(claimed.iter().all(|item| item.fence == 1));
}

/// A claim in a transaction of its own.
async fn claim_items(db: &Db, claim: Claim<'_>) -> Vec<Item> {
    let claimed = system(db, async |tx| items::claim(tx, claim).await).await;
    items_of(claimed.unwrap())
}

async fn claim_until_empty(db: &Db, claim: Claim<'static>) -> Vec<Item> {
    let mut mine = Vec::new();
    loop {
        let claimed = claim_items(db, claim).await;
        if claimed.is_empty() {
            return mine;
        }
        assert!(claimed.len() <= 3);
        mine.extend(claimed);
    }
}

async fn what_is_not_due_is_not_claimed(db: TestDb) {
    let world = World::new(&db).await;
    world.fax_to(1).await;
    let early = Claim {
        now: world.now() - Duration::from_micros(1),
        ..world.claim("node-1")
    };
    assert!(claim_items(&db, early).await.is_empty());
    let claimed = world.claimed(&db, "node-1").await;
    assert_eq!(claimed.len(), 1, "due at this very moment");
    assert_eq!(claimed[0].state, ItemState::Claimed);
}

async fn the_oldest_due_comes_first(db: TestDb) {
    let world = World::new(&db).await;
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(world.fax_to(1).await.items[0].id);
        world.seed.clock.advance(Duration::from_micros(500_000));
    }
    for expected in expected {
        let one = Claim {
            limit: 1,
            ..world.claim("node-1")
        };
        assert_eq!(claim_items(&db, one).await[0].id, expected);
    }
}

async fn test_faxes_are_claimed_apart(db: TestDb) {
    let world = World::new(&db).await;
    let real = world.fax_to(1).await.items[0].id;
    let mut fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
    fax.simulated = true;
    let test = ItemId::generate(&world.seed.ambient);
    let new = items::NewItem {
        id: test,
        recipient_raw: "5550001111".to_owned(),
        destination: "+15550001111".parse().unwrap(),
        due_at: world.now(),
        waiting_for: None,
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    faxgate_db::faxes::insert(&mut tx, &fax).await.unwrap();
    let of = items::ItemsOf {
        tenant: world.tenant,
        fax: fax.id,
        simulated: true,
        priority: fax.priority,
    };
    items::insert_all(&mut tx, of, &[new], world.now())
        .await
        .unwrap();
    items::make_ready(&mut tx, world.tenant, fax.id, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    for (simulated, expected) in [
        (true, vec![test]),
        (true, vec![]),
        (false, vec![real]),
        (false, vec![]),
    ] {
        let claim = Claim {
            simulated,
            ..world.claim("node-1")
        };
        let claimed = claim_items(&db, claim).await;
        let ids: Vec<_> = claimed.iter().map(|item| item.id).collect();
        assert_eq!(ids, expected, "{simulated:?}");
    }
}

async fn a_lapsed_claim_goes_back_to_the_queue(db: TestDb) {
    let world = World::new(&db).await;
    world.fax_to(1).await;
    let item = world.claimed(&db, "node-1").await.remove(0);
    let hand_back = async || {
        let now = world.now();
        let freed = system(&db, async |tx| {
            items::hand_back(tx, "node-2", false, now).await
        });
        freed.await.unwrap()
    };

    world.seed.clock.advance(LEASE);
    assert_eq!(hand_back().await, 0, "the lease runs to its very end");
    world.seed.clock.advance(Duration::from_micros(1));
    assert_eq!(hand_back().await, 1);

    let after = world.item(&db, &item).await;
    assert_eq!(after.state, ItemState::Queued);
    assert!(after.fence > item.fence, "who had it can change nothing");
    let again = world.claimed(&db, "node-2").await;
    assert_eq!(again.len(), 1);
    assert!(again[0].fence > after.fence);
}

async fn a_restarted_node_hands_back_its_own_claims(db: TestDb) {
    let world = World::new(&db).await;
    world.fax_to(2).await;
    let one = |node| Claim {
        limit: 1,
        ..world.claim(node)
    };
    let mut items = Vec::new();
    for node in ["node-1", "node-2"] {
        let claim = one(node);
        items.extend(claim_items(&db, claim).await);
    }
    let now = world.now();
    let freed = system(&db, async |tx| {
        items::hand_back(tx, "node-1", true, now).await
    });
    assert_eq!(freed.await.unwrap(), 1);
    assert_eq!(world.item(&db, &items[0]).await.state, ItemState::Queued);
    assert_eq!(world.item(&db, &items[1]).await.state, ItemState::Claimed);
}

async fn a_heartbeat_keeps_the_lease(db: TestDb) {
    let world = World::new(&db).await;
    world.fax_to(1).await;
    let item = world.claimed(&db, "node-1").await.remove(0);
    world.seed.clock.advance(LEASE / 2);
    let (now, until) = (world.now(), world.now() + LEASE);
    let ids = [item.id];
    for (node, held, expected) in [
        ("node-1", &ids[..], 1),
        ("node-1", &[], 0),
        ("node-2", &ids[..], 0),
    ] {
        let beaten = system(&db, async |tx| items::renew(tx, node, held, until).await).await;
        assert_eq!(beaten.unwrap(), expected, "{node} {held:?}");
    }

    let lapse = now + LEASE;
    let freed = system(&db, async |tx| {
        items::hand_back(tx, "node-2", false, lapse).await
    });
    assert_eq!(freed.await.unwrap(), 0);
    let after = world.item(&db, &item).await;
    assert_eq!((after.state, after.fence), (ItemState::Claimed, item.fence));
}

/// Takes over what lapsed, or also all that is the node's `own`.
fn adoption(node: &str, own: bool, now: Timestamp, until: Timestamp) -> Adoption<'_> {
    Adoption {
        node,
        lanes: &["fs-1"],
        own_except: own.then_some(&[]),
        now,
        until,
    }
}

/// Claims one item for `node`, and writes the intent to dial.
async fn dialling(db: &Db, world: &World, node: &'static str) -> attempts::Attempt {
    world.fax_to(1).await;
    let item = world.claimed(db, node).await.remove(0);
    let attempt = intent(world, &item);
    let mut tx = db.write(world.tenant).await.unwrap();
    assert!(attempts::intend(&mut tx, &attempt).await.unwrap());
    tx.commit().await.unwrap();
    attempt
}

async fn an_open_attempt_is_adopted_with_a_new_fence(db: TestDb) {
    let world = World::new(&db).await;
    let before = dialling(&db, &world, "node-1").await;
    let adopt = async || {
        let (now, until) = (world.now(), world.now() + LEASE);
        let adopted = system(&db, async |tx| {
            items::adopt(tx, adoption("node-2", false, now, until)).await
        });
        adopted.await.unwrap()
    };
    world.seed.clock.advance(LEASE);
    assert!(adopt().await.is_empty(), "the lease runs to its very end");
    world.seed.clock.advance(Duration::from_micros(1));
    let items = adopt().await;
    let [item] = &items[..] else {
        panic!("one item is adopted, not {}", items.len())
    };
    assert_eq!((item.id, item.state), (before.item_id, ItemState::Active));
    assert!(item.fence > before.fence);

    let (id, fence) = (item.id, item.fence);
    let attempt = system(&db, async |tx| attempts::adopt(tx, id, fence).await)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((attempt.id, attempt.fence), (before.id, fence));

    // The node that had it wakes up.
    let mut tx = db.write(world.tenant).await.unwrap();
    let late = attempts::progress(&mut tx, &before, AttemptPhase::Ringing, 0).await;
    assert!(!late.unwrap());
    let own = attempts::progress(&mut tx, &attempt, AttemptPhase::Ringing, 0).await;
    assert!(own.unwrap());
    drop(tx);
    assert!(adopt().await.is_empty(), "it is leased again");
}

async fn one_of_two_nodes_adopts(db: TestDb) {
    let world = World::new(&db).await;
    for _ in 0..10 {
        dialling(&db, &world, "node-1").await;
    }
    world.seed.clock.advance(LEASE + Duration::from_secs(1));
    let (now, until) = (world.now(), world.now() + LEASE);
    let start = Arc::new(Barrier::new(4));
    let mut nodes = JoinSet::new();
    for node in ["node-2", "node-3", "node-4", "node-5"] {
        let (db, start) = (db.another_node(), start.clone());
        nodes.spawn(async move {
            start.wait().await;
            let adopted = system(&db, async |tx| {
                items::adopt(tx, adoption(node, false, now, until)).await
            });
            adopted.await.unwrap()
        });
    }
    let adopted: Vec<Item> = nodes.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<ItemId> = adopted.iter().map(|item| item.id).collect();
    assert_eq!((adopted.len(), distinct.len()), (10, 10));
}

async fn a_restarted_node_adopts_its_own_calls(db: TestDb) {
    let world = World::new(&db).await;
    let own = dialling(&db, &world, "node-1").await;
    dialling(&db, &world, "node-2").await;
    let (now, until) = (world.now(), world.now() + LEASE);
    let adopted = system(&db, async |tx| {
        items::adopt(tx, adoption("node-1", true, now, until)).await
    });
    let ids: Vec<_> = adopted.await.unwrap().iter().map(|item| item.id).collect();
    assert_eq!(ids, [own.item_id], "at once, without waiting for the lease");
}

/// Nothing is wrong with the calls of a node whose heartbeat is late: their tasks run in that very node.
async fn a_late_heartbeat_loses_no_call_to_oneself(db: TestDb) {
    let world = World::new(&db).await;
    let own = dialling(&db, &world, "node-1").await;
    world.seed.clock.advance(LEASE * 2);
    let (now, until) = (world.now(), world.now() + LEASE);
    for (node, expected) in [("node-1", 0), ("node-2", 1)] {
        let adopted = system(&db, async |tx| {
            items::adopt(tx, adoption(node, false, now, until)).await
        });
        assert_eq!(adopted.await.unwrap().len(), expected, "{node}");
    }
    let mut tx = db.write(world.tenant).await.unwrap();
    let late = attempts::progress(&mut tx, &own, AttemptPhase::Ringing, 0).await;
    assert!(late.unwrap(), "its attempt has not been taken over yet");
}
