//! Webhooks that leave us: each event once to each endpoint, in somebody's hands or waiting, never lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use faxgate_db::webhooks::{
    self, Attempt, Claimed, Delivery, Fate, Hidden, NewDelivery, NewEndpoint, Wanted,
};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{DeliveryId, DeliveryState, Timestamp, WebhookId};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{LEASE, World, system};

on_both_databases![
    an_event_goes_to_an_endpoint_once,
    no_more_than_so_many_of_an_endpoint_are_in_hands,
    what_is_claimed_goes_in_the_order_of_events,
    nothing_is_claimed_for_an_endpoint_that_is_off_or_spared,
    nodes_that_claim_at_once_get_each_delivery_once,
    what_was_cut_off_is_sent_again_under_a_new_fence,
    a_failed_try_comes_again_when_it_is_due,
    what_has_ended_can_begin_anew,
    the_log_is_forgotten_but_not_what_still_waits,
    an_endpoint_is_disabled_once,
    another_tenant_finds_nothing,
    an_endpoint_takes_its_deliveries_along
];

const ALL: i64 = 100;

/// An endpoint that wants everything.
async fn endpoint(db: &TestDb, world: &World) -> WebhookId {
    let new = NewEndpoint {
        id: WebhookId::generate(&world.seed.ambient),
        url: "https://example.com/hook".to_owned(),
        description: String::new(),
        event_types: "*".to_owned(),
        is_active: true,
        secret: Hidden("whsec_x".to_owned()),
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    webhooks::insert(&mut tx, world.tenant, &new, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    new.id
}

/// Events `from` to `to` for the endpoint; tells how many are new.
async fn events(db: &TestDb, world: &World, endpoint: WebhookId, from: i64, to: i64) -> usize {
    let new = |seq: i64| NewDelivery {
        id: DeliveryId::generate(&world.seed.ambient),
        endpoint,
        event_id: format!("evt_{seq}"),
        event_type: "fax.sent".to_owned(),
        event_at: world.now(),
        event_seq: seq,
        body: format!("{{\"n\":{seq}}}"),
    };
    // The last first: the order of rows is not that of events.
    let new: Vec<NewDelivery> = (from..=to).rev().map(new).collect();
    let mut tx = db.write(world.tenant).await.unwrap();
    let added = webhooks::add(&mut tx, world.tenant, &new, world.now()).await;
    tx.commit().await.unwrap();
    added.unwrap()
}

async fn ready(db: &TestDb, world: &World) -> Vec<WebhookId> {
    let now = world.now();
    let found = system(db, async |tx| webhooks::ready(tx, &[], now).await);
    let places = found.await.unwrap();
    assert!(places.iter().all(|(tenant, _)| *tenant == world.tenant));
    places.into_iter().map(|(_, endpoint)| endpoint).collect()
}

async fn claim(
    db: &TestDb,
    world: &World,
    endpoint: WebhookId,
    node: &str,
    most: i64,
    room: i64,
) -> Vec<Claimed> {
    let times = (world.now(), world.now() + LEASE);
    let claimed = system(db, async |tx| {
        webhooks::claim(tx, endpoint, node, times, most, room).await
    });
    claimed.await.unwrap()
}

fn seqs(claimed: &[Claimed]) -> Vec<&str> {
    claimed
        .iter()
        .map(|one| one.event_id.trim_start_matches("evt_"))
        .collect()
}

async fn settle(db: &TestDb, world: &World, claimed: &Claimed, fate: Fate) -> bool {
    let attempt = Attempt {
        number: claimed.leased.fence,
        started_at: world.now(),
        duration_ms: Some(12),
        status: Some(if fate == Fate::Delivered { 200 } else { 500 }),
        response_body: Some("body".to_owned()),
        error: None,
    };
    let mut tx = db.write(world.tenant).await.unwrap();
    let settled = webhooks::settle(&mut tx, &claimed.leased, &attempt, fate, world.now()).await;
    tx.commit().await.unwrap();
    settled.unwrap()
}

async fn delivery(db: &TestDb, world: &World, claimed: &Claimed) -> (Delivery, Vec<Attempt>) {
    let (tenant, leased) = (world.tenant, &claimed.leased);
    let mut tx = db.read(tenant).await.unwrap();
    let found = webhooks::find_delivery(&mut tx, tenant, leased.endpoint, leased.delivery).await;
    let attempts = webhooks::of_delivery(&mut tx, tenant, leased.delivery).await;
    (found.unwrap().unwrap(), attempts.unwrap())
}

async fn an_event_goes_to_an_endpoint_once(db: TestDb) {
    let world = World::new(&db).await;
    let (one, other) = (endpoint(&db, &world).await, endpoint(&db, &world).await);
    assert_eq!(events(&db, &world, one, 1, 3).await, 3);
    assert_eq!(events(&db, &world, one, 2, 4).await, 1);
    assert_eq!(events(&db, &world, other, 1, 1).await, 1);
    assert_eq!(claim(&db, &world, one, "a", ALL, ALL).await.len(), 4);
    assert_eq!(claim(&db, &world, other, "a", ALL, ALL).await.len(), 1);
    assert!(ready(&db, &world).await.is_empty());
}

async fn no_more_than_so_many_of_an_endpoint_are_in_hands(db: TestDb) {
    let world = World::new(&db).await;
    let (one, other) = (endpoint(&db, &world).await, endpoint(&db, &world).await);
    events(&db, &world, one, 1, 9).await;
    events(&db, &world, other, 1, 1).await;
    let first = claim(&db, &world, one, "a", 4, 3).await;
    assert_eq!(seqs(&first), ["1", "2", "3"]);
    assert_eq!(seqs(&claim(&db, &world, one, "b", 4, 3).await), ["4"]);
    assert!(claim(&db, &world, one, "b", 4, 3).await.is_empty());
    // Its neighbour is served all the same.
    assert_eq!(seqs(&claim(&db, &world, other, "b", 4, 3).await), ["1"]);
    assert!(settle(&db, &world, &first[1], Fate::Delivered).await);
    assert_eq!(seqs(&claim(&db, &world, one, "b", 4, 3).await), ["5"]);
}

async fn what_is_claimed_goes_in_the_order_of_events(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 8, 12).await;
    world.seed.clock.advance(Duration::from_secs(1));
    events(&db, &world, one, 1, 2).await;
    let claimed = claim(&db, &world, one, "a", ALL, 6).await;
    assert_eq!(seqs(&claimed), ["1", "8", "9", "10", "11", "12"]);
}

async fn nothing_is_claimed_for_an_endpoint_that_is_off_or_spared(db: TestDb) {
    let world = World::new(&db).await;
    let (off, spared) = (endpoint(&db, &world).await, endpoint(&db, &world).await);
    events(&db, &world, off, 1, 2).await;
    events(&db, &world, spared, 1, 2).await;
    assert_eq!(ready(&db, &world).await.len(), 2);
    let (tenant, now) = (world.tenant, world.now());
    let mut tx = db.write(tenant).await.unwrap();
    webhooks::disable(&mut tx, tenant, off, "gone", now)
        .await
        .unwrap();
    let until = now + Duration::from_secs(60);
    webhooks::spare(&mut tx, tenant, spared, until)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(ready(&db, &world).await.is_empty());
    assert!(claim(&db, &world, off, "a", ALL, ALL).await.is_empty());
    world.seed.clock.advance(Duration::from_secs(60));
    assert_eq!(ready(&db, &world).await, [spared]);
    let own = system(&db, async |tx| {
        webhooks::ready(tx, &[spared], world.now()).await
    });
    assert!(own.await.unwrap().is_empty());
    let mut tx = db.write(tenant).await.unwrap();
    let mut found = webhooks::lock(&mut tx, tenant, off).await.unwrap().unwrap();
    assert_eq!(found.disabled_reason.as_deref(), Some("gone"));
    (found.is_active, found.disabled_at) = (true, None);
    webhooks::update(&mut tx, &found, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&db, &world, off, "a", ALL, ALL).await.len(), 2);
}

async fn nodes_that_claim_at_once_get_each_delivery_once(db: TestDb) {
    const NODES: usize = 4;
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 40).await;
    let start = Arc::new(Barrier::new(NODES));
    let mut nodes = JoinSet::new();
    for node in 0..NODES {
        let (node_db, start) = (db.another_node(), Arc::clone(&start));
        let times = (world.now(), world.now() + LEASE);
        nodes.spawn(async move {
            let mut mine = Vec::new();
            start.wait().await;
            for _ in 0..5 {
                let mut tx = node_db.system("test").await.unwrap();
                let claimed = webhooks::claim(&mut tx, one, &node.to_string(), times, 10, 3).await;
                tx.commit().await.unwrap();
                mine.extend(claimed.unwrap().into_iter().map(|one| one.event_id));
            }
            mine
        });
    }
    let all: Vec<String> = nodes.join_all().await.into_iter().flatten().collect();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(all.len(), different.len());
    assert!(all.len() <= 10, "{}", all.len());
    assert!(!all.is_empty());
}

async fn what_was_cut_off_is_sent_again_under_a_new_fence(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 1).await;
    let first = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    let hand_back = async |node: &str| {
        let now = world.now();
        let back = system(&db, async |tx| webhooks::hand_back(tx, node, now).await);
        back.await.unwrap()
    };
    let lapse = async || {
        let now = world.now();
        let lapsed = system(&db, async |tx| webhooks::lapse(tx, now, ALL).await);
        lapsed.await.unwrap()
    };
    assert_eq!(hand_back("b").await, 0);
    assert_eq!(hand_back("a").await, 1);
    let second = claim(&db, &world, one, "b", 1, 1).await.remove(0);
    assert_eq!((first.leased.fence, second.leased.fence), (1, 2));
    assert_eq!(first.event_id, second.event_id);
    assert!(!settle(&db, &world, &first, Fate::Delivered).await);
    assert_eq!(lapse().await, 0);
    world.seed.clock.advance(LEASE + Duration::from_secs(1));
    assert_eq!(lapse().await, 1);
    let third = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    assert!(!settle(&db, &world, &second, Fate::Delivered).await);
    assert!(settle(&db, &world, &third, Fate::Delivered).await);
    assert!(!settle(&db, &world, &third, Fate::Delivered).await);
    let (found, attempts) = delivery(&db, &world, &third).await;
    assert_eq!(found.listed.state, DeliveryState::Delivered);
    assert_eq!(found.listed.last_status, Some(200));
    let numbers: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.status))
        .collect();
    assert_eq!(numbers, [(1, None), (2, None), (3, Some(200))]);
    // What was never begun is no try.
    events(&db, &world, one, 2, 2).await;
    let unsent = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    let back = system(&db, async |tx| {
        webhooks::give_back(tx, &unsent.leased).await
    });
    back.await.unwrap();
    let (found, attempts) = delivery(&db, &world, &unsent).await;
    assert_eq!(found.listed.state, DeliveryState::Pending);
    assert!(attempts.is_empty());
}

async fn a_failed_try_comes_again_when_it_is_due(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 1).await;
    let first = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    assert_eq!(first.failures, 0);
    let again = world.now() + Duration::from_secs(5);
    assert!(settle(&db, &world, &first, Fate::Again(again)).await);
    assert!(ready(&db, &world).await.is_empty());
    world.seed.clock.advance(Duration::from_secs(5));
    assert_eq!(ready(&db, &world).await, [one]);
    let second = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    assert_eq!((second.failures, second.leased.fence), (1, 2));
    assert!(settle(&db, &world, &second, Fate::Failed).await);
    let (found, attempts) = delivery(&db, &world, &second).await;
    assert_eq!(found.listed.state, DeliveryState::Failed);
    assert_eq!(found.listed.ended_at, Some(world.now()));
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[1].response_body.as_deref(), Some("body"));
}

async fn what_has_ended_can_begin_anew(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 1).await;
    let first = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    let anew = async |id: DeliveryId| {
        let mut tx = db.write(world.tenant).await.unwrap();
        let found = webhooks::begin_anew(&mut tx, world.tenant, one, id, world.now()).await;
        tx.commit().await.unwrap();
        found.unwrap()
    };
    // Somebody sends it just now: it stays in their hands.
    assert!(anew(first.leased.delivery).await);
    assert!(settle(&db, &world, &first, Fate::Failed).await);
    assert!(anew(first.leased.delivery).await);
    let (found, _) = delivery(&db, &world, &first).await;
    assert_eq!(found.listed.state, DeliveryState::Pending);
    assert_eq!(found.listed.ended_at, None);
    let again = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    assert_eq!((again.failures, again.leased.fence), (0, 2));
    assert_eq!(again.body, first.body);
    assert!(!anew(DeliveryId::generate(&world.seed.ambient)).await);
}

async fn the_log_is_forgotten_but_not_what_still_waits(db: TestDb) {
    let world = World::new(&db).await;
    let (one, off) = (endpoint(&db, &world).await, endpoint(&db, &world).await);
    events(&db, &world, one, 1, 3).await;
    events(&db, &world, off, 1, 1).await;
    let claimed = claim(&db, &world, one, "a", 2, 2).await;
    settle(&db, &world, &claimed[0], Fate::Delivered).await;
    let forget = async |then: Timestamp| {
        let forgotten = system(&db, async |tx| webhooks::forget(tx, then, ALL).await);
        forgotten.await.unwrap()
    };
    assert_eq!(forget(world.now()).await, 0);
    let later = world.now() + Duration::from_secs(1);
    assert_eq!(forget(later).await, 1);
    let mut tx = db.write(world.tenant).await.unwrap();
    webhooks::disable(&mut tx, world.tenant, off, "gone", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(forget(later).await, 1);
    assert_eq!(forget(later).await, 0);
    let wanted = Wanted {
        limit: ALL,
        ..Wanted::default()
    };
    let mut tx = db.read(world.tenant).await.unwrap();
    let (total, left) = webhooks::page_of_deliveries(&mut tx, world.tenant, one, wanted)
        .await
        .unwrap();
    assert_eq!((total, left.len()), (2, 2));
    let pending = Wanted {
        state: Some(DeliveryState::Pending),
        since: Some(world.now()),
        until: Some(later),
        ..wanted
    };
    let page = webhooks::page_of_deliveries(&mut tx, world.tenant, one, pending).await;
    assert_eq!(page.unwrap().1[0].event_id, "evt_3");
    let none = Wanted {
        until: Some(world.now()),
        ..wanted
    };
    let page = webhooks::page_of_deliveries(&mut tx, world.tenant, one, none).await;
    assert_eq!(page.unwrap().0, 0);
}

async fn an_endpoint_is_disabled_once(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    let (tenant, now) = (world.tenant, world.now());
    let mut tx = db.write(tenant).await.unwrap();
    webhooks::failed(&mut tx, tenant, one, now, now)
        .await
        .unwrap();
    let found = webhooks::find(&mut tx, tenant, one).await.unwrap().unwrap();
    assert_eq!(found.failing_since, Some(now));
    // It took something at an address where it is not any more.
    let elsewhere = "https://elsewhere.example/";
    let succeeded = webhooks::succeeded(&mut tx, tenant, one, elsewhere).await;
    succeeded.unwrap();
    let still = webhooks::find(&mut tx, tenant, one).await.unwrap().unwrap();
    assert_eq!(still.failing_since, Some(now));
    let succeeded = webhooks::succeeded(&mut tx, tenant, one, &found.url).await;
    succeeded.unwrap();
    let found = webhooks::find(&mut tx, tenant, one).await.unwrap().unwrap();
    assert_eq!((found.failing_since, found.last_failure_at), (None, None));
    let disable = webhooks::disable(&mut tx, tenant, one, "410", now).await;
    assert!(disable.unwrap());
    let disable = webhooks::disable(&mut tx, tenant, one, "again", now).await;
    assert!(!disable.unwrap());
    assert!(webhooks::active(&mut tx, tenant).await.unwrap().is_empty());
    assert_eq!(webhooks::count(&mut tx, tenant).await.unwrap(), 1);
}

async fn another_tenant_finds_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 1).await;
    let claimed = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    let id = claimed.leased.delivery;
    let other = stranger.tenant;
    let mut own = db.write(other).await.unwrap();
    let tx = &mut own;
    assert!(webhooks::find(tx, other, one).await.unwrap().is_none());
    assert!(webhooks::lock(tx, other, one).await.unwrap().is_none());
    assert_eq!(webhooks::page(tx, other, ALL, 0).await.unwrap().0, 0);
    let wanted = Wanted {
        limit: ALL,
        ..Wanted::default()
    };
    let page = webhooks::page_of_deliveries(tx, other, one, wanted).await;
    assert_eq!(page.unwrap().0, 0);
    let found = webhooks::find_delivery(tx, other, one, id).await;
    assert!(found.unwrap().is_none());
    let attempts = webhooks::of_delivery(tx, other, id).await;
    assert!(attempts.unwrap().is_empty());
    let anew = webhooks::begin_anew(tx, other, one, id, world.now()).await;
    assert!(!anew.unwrap());
    assert!(!webhooks::remove(tx, other, one).await.unwrap());
    drop(own);
    let owner = system(&db, async |tx| webhooks::owner(tx, one).await).await;
    assert_eq!(owner.unwrap(), Some(world.tenant));
}

async fn an_endpoint_takes_its_deliveries_along(db: TestDb) {
    let world = World::new(&db).await;
    let one = endpoint(&db, &world).await;
    events(&db, &world, one, 1, 2).await;
    let claimed = claim(&db, &world, one, "a", 1, 1).await.remove(0);
    settle(&db, &world, &claimed, Fate::Delivered).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    assert!(webhooks::remove(&mut tx, world.tenant, one).await.unwrap());
    tx.commit().await.unwrap();
    assert!(ready(&db, &world).await.is_empty());
}
