//! One call at a time to a number, whoever places it; and nobody is held up by what waits for one.

use std::time::Duration;

use faxgate_db::destinations::{self, Destination};
use faxgate_db::items;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::ItemState;

use crate::raw::lines;
use crate::town::{Queued, Town};
use crate::world::{LEASE, system};

on_both_databases![
    a_number_is_called_once_at_a_time_across_tenants,
    tenants_take_turns_at_a_number,
    a_hunt_group_takes_as_many_calls_as_an_operator_says,
    what_is_held_blocks_no_number,
    a_dead_nodes_claim_blocks_no_number_for_ever,
    a_bulk_to_one_number_delays_nothing_else,
    test_faxes_and_real_ones_do_not_meet,
    a_canceled_item_leaves_no_crowd_behind
];

const NUMBER: &str = "+12125550000";
const CALL: Duration = Duration::from_secs(40);

async fn crowds(town: &Town) -> usize {
    lines(&town.db, "SELECT destination AS line FROM crowded")
        .await
        .len()
}

async fn a_number_is_called_once_at_a_time_across_tenants(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.queue_to(0, &[NUMBER], Queued::default()).await;
    let second = town.queue_to(1, &[NUMBER], Queued::default()).await[0];
    let first = town.claim(town.ask(5)).await.items;
    assert_eq!(first.len(), 1);
    assert!(town.item(1, second).await.parked);
    assert!(town.served(5).await.is_empty());

    town.end(&first[0].item, ItemState::Sent, CALL).await;
    let claimed = town.claim(town.ask(5)).await.items;
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (claimed[0].item.id, claimed[0].item.parked),
        (second, false)
    );
    town.end(&claimed[0].item, ItemState::Sent, CALL).await;
    town.served(5).await;
    assert_eq!(crowds(&town).await, 0, "nobody waits for it any more");
}

async fn tenants_take_turns_at_a_number(db: TestDb) {
    let town = Town::new(db, 3).await;
    for (place, count) in [(0, 5), (1, 2), (2, 1)] {
        town.queue_to(place, &vec![NUMBER; count], Queued::default())
            .await;
    }
    let mut order = Vec::new();
    for _ in 0..8 {
        let mut claimed = town.claim(town.ask(4)).await.items;
        assert_eq!(claimed.len(), 1);
        let item = claimed.remove(0).item;
        order.push(town.place(&item));
        town.end(&item, ItemState::Sent, CALL).await;
    }
    let mut early: Vec<_> = order[..3].to_vec();
    early.sort_unstable();
    assert_eq!(
        early,
        [0, 1, 2],
        "nobody waits behind another's bulk: {order:?}"
    );
    assert!(town.served(5).await.is_empty());
}

async fn a_hunt_group_takes_as_many_calls_as_an_operator_says(db: TestDb) {
    let town = Town::new(db, 1).await;
    let group = Destination {
        max_calls: 3,
        ..Destination::unknown(NUMBER.parse().unwrap(), town.now())
    };
    system(&town.db, async |tx| destinations::put(tx, &group).await)
        .await
        .unwrap();
    town.queue_to(0, &[NUMBER; 5], Queued::default()).await;
    let claimed = town.claim(town.ask(5)).await.items;
    assert_eq!(claimed.len(), 3);
    town.end(&claimed[0].item, ItemState::Sent, CALL).await;
    town.end(&claimed[1].item, ItemState::Sent, CALL).await;
    let mut more = 0;
    for _ in 0..3 {
        more += town.served(5).await.len();
    }
    assert_eq!(more, 2);
}

async fn what_is_held_blocks_no_number(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.queue_to(0, &[NUMBER], Queued::default()).await;
    town.queue_to(1, &[NUMBER], Queued::default()).await;
    let first = town.claim(town.ask(5)).await.items.remove(0).item;
    town.end(&first, ItemState::Held, CALL).await;
    assert_eq!(town.served(5).await, [1]);
}

async fn a_dead_nodes_claim_blocks_no_number_for_ever(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.queue_to(0, &[NUMBER], Queued::default()).await;
    town.queue_to(1, &[NUMBER], Queued::default()).await;
    assert_eq!(town.served(5).await.len(), 1);
    town.seed.clock.advance(LEASE + Duration::from_secs(1));
    assert!(
        town.served(5).await.is_empty(),
        "it is not known to be dead yet"
    );
    let now = town.now();
    let freed = system(&town.db, async |tx| {
        items::hand_back(tx, "node-2", false, now).await
    });
    assert_eq!(freed.await.unwrap(), 1);
    assert_eq!(town.served(5).await.len(), 1);
}

async fn a_bulk_to_one_number_delays_nothing_else(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    town.queue_to(0, &[NUMBER; 700], Queued::default()).await;
    town.seed.clock.advance(Duration::from_secs(1));
    let behind = town.queue(0, 1).await[0];
    town.queue(1, 3).await;
    let claimed = town.claim(town.ask(16)).await.items;
    let own = claimed.iter().filter(|g| town.place(&g.item) == 0).count();
    assert_eq!(
        (own, claimed.len()),
        (1, 4),
        "one of the bulk, and the other tenant's"
    );
    let mut waited = Duration::ZERO;
    while town.item(0, behind).await.state == ItemState::Queued {
        town.seed.clock.advance(Duration::from_millis(100));
        waited += Duration::from_millis(100);
        assert!(
            waited < Duration::from_secs(1),
            "the bulk is set aside by and by"
        );
        town.served(16).await;
    }
}

async fn test_faxes_and_real_ones_do_not_meet(db: TestDb) {
    let town = Town::new(db, 1).await;
    for simulated in [false, true] {
        let how = Queued {
            simulated,
            ..Queued::default()
        };
        town.queue_to(0, &[NUMBER], how).await;
    }
    assert_eq!(town.served(5).await.len(), 1);
    let test = items::Claim {
        simulated: true,
        ..town.ask(5)
    };
    assert_eq!(town.claim(test).await.items.len(), 1);
}

async fn a_canceled_item_leaves_no_crowd_behind(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.queue_to(0, &[NUMBER], Queued::default()).await;
    let parked = town.queue_to(1, &[NUMBER], Queued::default()).await[0];
    let first = town.claim(town.ask(5)).await.items.remove(0).item;
    let waiting = town.item(1, parked).await;
    assert!(waiting.parked);
    let (tenant, now) = (waiting.tenant_id, town.now());
    let mut tx = town.db.write(tenant).await.unwrap();
    items::cancel(&mut tx, tenant, waiting.fax_id, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    town.end(&first, ItemState::Sent, CALL).await;
    assert!(town.served(5).await.is_empty());
    assert_eq!(crowds(&town).await, 0);
}
