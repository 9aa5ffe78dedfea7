//! Queue items, one by one: added, made ready, changed, canceled.

use std::time::Duration;

use faxgate_db::Db;
use faxgate_db::items::{self, Change, Item, NewItem};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{ItemId, ItemState};

use crate::world::{World, system};

on_both_databases![
    a_thousand_items_keep_their_order,
    items_go_to_the_queue_when_their_pages_are_made,
    items_fail_when_their_pages_cannot_be_made,
    an_item_changes_under_its_fence,
    an_item_does_not_change_under_an_old_fence,
    an_item_of_another_tenant_is_not_there,
    canceling_depends_on_the_state,
    canceling_beats_a_claim_that_has_not_dialled
];

async fn a_thousand_items_keep_their_order(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["+15550000000"]);
    let new: Vec<NewItem> = (0..1000)
        .map(|n| NewItem {
            id: ItemId::generate(&world.seed.ambient),
            recipient_raw: format!("(555) {n}"),
            destination: format!("+1555{n:07}").parse().unwrap(),
            due_at: world.now(),
            waiting_for: None,
        })
        .collect();

    let mut tx = db.write(world.tenant).await.unwrap();
    faxgate_db::faxes::insert(&mut tx, &fax).await.unwrap();
    let of = items::ItemsOf {
        tenant: world.tenant,
        fax: fax.id,
        simulated: false,
        priority: fax.priority,
    };
    items::insert_all(&mut tx, of, &new, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read(world.tenant).await.unwrap();
    let stored = items::of_fax(&mut tx, world.tenant, fax.id).await.unwrap();
    assert_eq!(stored.len(), 1000);
    for (position, (stored, new)) in stored.iter().zip(&new).enumerate() {
        assert_eq!(usize::try_from(stored.position).unwrap(), position);
        assert_eq!(stored.id, new.id);
        assert_eq!(stored.recipient_raw, new.recipient_raw);
        assert_eq!(stored.destination, new.destination);
        assert_eq!(stored.state, ItemState::Preparing);
        assert_eq!((stored.fence, stored.attempts), (0, 0));
        assert_eq!((stored.processed_at, &stored.error), (None, &None));
    }
}

/// A fax with one item in each state, and the items by state.
async fn one_of_each(db: &Db, world: &World) -> Vec<Item> {
    let numbers = ["+15550001111"; ItemState::ALL.len()];
    let items = world.fax(&numbers).await.items;
    let mut tx = db.write(world.tenant).await.unwrap();
    for (item, state) in items.iter().zip(ItemState::ALL) {
        let to = to(world, item, *state);
        let changed = items::change(&mut tx, world.tenant, item.id, 0, &to, world.now()).await;
        assert!(changed.unwrap());
    }
    let items = items::of_fax(&mut tx, world.tenant, items[0].fax_id).await;
    tx.commit().await.unwrap();
    items.unwrap()
}

fn to(world: &World, item: &Item, state: ItemState) -> Change {
    Change {
        due_at: world.now() + Duration::from_secs(300),
        confirmed_pages: 2,
        tries: [1, 2, 3, 4],
        error: Some("the line is busy".to_owned()),
        ..Change::of(item, state)
    }
}

async fn items_go_to_the_queue_when_their_pages_are_made(db: TestDb) {
    let world = World::new(&db).await;
    let before = one_of_each(&db, &world).await;
    let fax = before[0].fax_id;

    let mut tx = db.write(world.tenant).await.unwrap();
    let ready = items::make_ready(&mut tx, world.tenant, fax, world.now()).await;
    assert_eq!(ready.unwrap(), 1);
    let after = items::of_fax(&mut tx, world.tenant, fax).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        match before.state {
            ItemState::Preparing => assert_eq!(after.state, ItemState::Queued),
            other => assert_eq!(after.state, other),
        }
    }
}

async fn items_fail_when_their_pages_cannot_be_made(db: TestDb) {
    let world = World::new(&db).await;
    let before = one_of_each(&db, &world).await;
    let fax = before[0].fax_id;

    let mut tx = db.write(world.tenant).await.unwrap();
    let failed = items::fail_preparing(&mut tx, world.tenant, fax, "no pages", world.now()).await;
    assert_eq!(failed.unwrap(), 1);
    let after = items::of_fax(&mut tx, world.tenant, fax).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        if before.state == ItemState::Preparing {
            assert_eq!(after.state, ItemState::Failed);
            assert_eq!(after.error.as_deref(), Some("no pages"));
            assert_eq!(after.processed_at, Some(world.now()));
        } else {
            assert_eq!(format!("{after:?}"), format!("{before:?}"));
        }
    }
}

async fn an_item_changes_under_its_fence(db: TestDb) {
    let world = World::new(&db).await;
    for item in one_of_each(&db, &world).await {
        assert_eq!(item.confirmed_pages, 2);
        assert_eq!((item.tries_line, item.tries_negotiation), (1, 2));
        assert_eq!((item.tries_not_fax, item.tries_local), (3, 4));
        assert_eq!(item.due_at, world.now() + Duration::from_secs(300));
        assert_eq!(item.error.as_deref(), Some("the line is busy"));
        let ended = item.state.is_final().then(|| world.now());
        assert_eq!(item.processed_at, ended, "{}", item.state);
    }
}

async fn an_item_does_not_change_under_an_old_fence(db: TestDb) {
    let world = World::new(&db).await;
    world.fax(&["+15550001111"]).await;
    let item = world.claimed(&db, "node-1").await.remove(0);
    assert_eq!(item.fence, 1);

    let mut tx = db.write(world.tenant).await.unwrap();
    for fence in [0, 2] {
        let sent = to(&world, &item, ItemState::Sent);
        let changed =
            items::change(&mut tx, world.tenant, item.id, fence, &sent, world.now()).await;
        assert!(!changed.unwrap());
    }
    tx.commit().await.unwrap();
    let after = world.item(&db, &item).await;
    assert_eq!(format!("{after:?}"), format!("{item:?}"));
}

async fn an_item_of_another_tenant_is_not_there(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let item = world.fax(&["+15550001111"]).await.items.remove(0);
    let (tenant, fax) = (stranger.tenant, item.fax_id);

    let mut tx = db.write(tenant).await.unwrap();
    assert!(
        items::find(&mut tx, tenant, item.id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        items::of_fax(&mut tx, tenant, fax)
            .await
            .unwrap()
            .is_empty()
    );
    let canceled = items::cancel(&mut tx, tenant, fax, world.now()).await;
    assert_eq!(canceled.unwrap(), (0, 0));
    let sent = to(&world, &item, ItemState::Sent);
    let changed = items::change(&mut tx, tenant, item.id, 0, &sent, world.now()).await;
    assert!(!changed.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.item(&db, &item).await.state, ItemState::Queued);
}

async fn canceling_depends_on_the_state(db: TestDb) {
    use ItemState::{Active, Canceled, Claimed, Failed, Held, Preparing, Queued, Sent};

    let world = World::new(&db).await;
    let before = one_of_each(&db, &world).await;
    let fax = before[0].fax_id;
    world.seed.clock.advance(Duration::from_secs(5));

    let mut tx = db.write(world.tenant).await.unwrap();
    let counted = items::cancel(&mut tx, world.tenant, fax, world.now()).await;
    assert_eq!(counted.unwrap(), (3, 2));
    let after = items::of_fax(&mut tx, world.tenant, fax).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        match before.state {
            Preparing | Queued | Held => {
                assert_eq!(after.state, Canceled);
                assert_eq!(after.processed_at, Some(world.now()));
                assert!(after.cancel_requested);
                assert!(after.fence > before.fence, "{}", before.state);
            }
            Claimed | Active => {
                assert_eq!(after.state, before.state);
                assert_eq!((after.processed_at, after.fence), (None, before.fence));
                assert!(after.cancel_requested, "whoever has it is told");
            }
            Sent | Failed | Canceled => {
                assert_eq!(format!("{after:?}"), format!("{before:?}"));
            }
        }
    }
    let again = items::cancel(&mut tx, world.tenant, fax, world.now()).await;
    assert_eq!(again.unwrap(), (0, 2), "a second request asks again");
}

async fn canceling_beats_a_claim_that_has_not_dialled(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax(&["+15550001111"]).await.fax;
    let item = world.claimed(&db, "node-1").await.remove(0);

    let mut tx = db.write(world.tenant).await.unwrap();
    let counted = items::cancel(&mut tx, world.tenant, fax.id, world.now()).await;
    assert_eq!(counted.unwrap(), (0, 1));
    tx.commit().await.unwrap();

    let mut tx = db.system_read("test").await.unwrap();
    let told = items::cancel_requests(&mut tx, "node-1").await.unwrap();
    assert_eq!(told, [item.id]);
    let others = items::cancel_requests(&mut tx, "node-2").await.unwrap();
    assert!(others.is_empty());
    assert!(items::to_cancel(&mut tx).await.unwrap().is_empty());
    drop(tx);

    let back = system(&db, async |tx| {
        items::hand_back(tx, "node-1", true, world.now()).await?;
        items::to_cancel(tx).await
    });
    let waits = (item.tenant_id, item.fax_id, item.id);
    assert_eq!(back.await.unwrap(), [waits], "it came back to the queue");
}
