//! Attempts: the intent before the call, its progress, its one end.

use std::time::Duration;

use faxgate_db::attempts::{self, Attempt, Ending};
use faxgate_db::items::{self, Item};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{
    Ambient, AttemptId, AttemptPhase, CallUuid, FailureClass, ItemState, Outcome, TenantId,
};

use crate::world::{World, system};

on_both_databases![
    an_intent_makes_the_item_active,
    nothing_is_intended_for_what_is_not_claimed,
    nothing_is_intended_under_another_fence,
    nothing_is_intended_once_a_cancel_is_asked_for,
    a_call_has_one_attempt,
    progress_is_written_down,
    an_attempt_is_settled_once,
    nothing_moves_after_the_end,
    an_attempt_settles_under_its_fence_alone,
    attempts_of_an_item_come_in_order
];

/// The next call for a claimed item.
pub(crate) fn intent(world: &World, item: &Item) -> Attempt {
    intent_of(&world.seed.ambient, item)
}

/// As [`intent`].
pub(crate) fn intent_of(ambient: &Ambient, item: &Item) -> Attempt {
    let now = ambient.now();
    Attempt {
        id: AttemptId::generate(ambient),
        tenant_id: item.tenant_id,
        fax_id: item.fax_id,
        item_id: item.id,
        number: item.attempts + 1,
        fence: item.fence,
        call_uuid: CallUuid::generate(ambient),
        lane: "fs-1".to_owned(),
        core_uuid: "core".to_owned(),
        start_page: 0,
        total_pages: 3,
        phase: AttemptPhase::Intended,
        transferred: 0,
        outcome: None,
        class: None,
        cause: None,
        code: None,
        duration: 0,
        remote_station_id: None,
        send_by: now + Duration::from_secs(10),
        overdue_at: now + Duration::from_secs(600),
        created_at: now,
        line_settings: item.line_settings,
        evidence: None,
        cost: 0,
        carrier_id: None,
    }
}

async fn claimed(db: &TestDb, world: &World) -> Item {
    world.fax_to(1).await;
    world.claimed(db, "node-1").await.remove(0)
}

async fn intend(db: &TestDb, tenant: TenantId, attempt: &Attempt) -> bool {
    let mut tx = db.write(tenant).await.unwrap();
    let intended = attempts::intend(&mut tx, attempt).await.unwrap();
    tx.commit().await.unwrap();
    intended
}

/// An attempt whose intent is written.
async fn intended(db: &TestDb, world: &World) -> Attempt {
    let attempt = intent(world, &claimed(db, world).await);
    assert!(intend(db, world.tenant, &attempt).await);
    attempt
}

async fn attempts_of(db: &TestDb, item: &Item) -> Vec<Attempt> {
    let mut tx = db.read(item.tenant_id).await.unwrap();
    attempts::of_item(&mut tx, item.tenant_id, item.id)
        .await
        .unwrap()
}

async fn an_intent_makes_the_item_active(db: TestDb) {
    let world = World::new(&db).await;
    let item = claimed(&db, &world).await;
    let attempt = intent(&world, &item);
    assert!(intend(&db, world.tenant, &attempt).await);

    let after = world.item(&db, &item).await;
    assert_eq!((after.state, after.attempts), (ItemState::Active, 1));
    let stored = attempts_of(&db, &item).await;
    assert_eq!(format!("{stored:?}"), format!("[{attempt:?}]"));
    let call = attempt.call_uuid;
    let found = system(&db, async |tx| attempts::by_call(tx, call).await).await;
    assert_eq!(found.unwrap().unwrap().id, attempt.id);
}

async fn nothing_is_intended_for_what_is_not_claimed(db: TestDb) {
    let world = World::new(&db).await;
    for state in ItemState::ALL {
        let item = claimed(&db, &world).await;
        let to = items::Change {
            due_at: world.now() + Duration::from_secs(3600),
            ..items::Change::of(&item, *state)
        };
        let mut tx = db.write(world.tenant).await.unwrap();
        let changed =
            items::change(&mut tx, world.tenant, item.id, item.fence, &to, world.now()).await;
        assert!(changed.unwrap());
        tx.commit().await.unwrap();

        let may_dial = *state == ItemState::Claimed;
        let attempt = intent(&world, &item);
        assert_eq!(intend(&db, world.tenant, &attempt).await, may_dial);
        assert_eq!(attempts_of(&db, &item).await.len(), usize::from(may_dial));
    }
}

async fn nothing_is_intended_under_another_fence(db: TestDb) {
    let world = World::new(&db).await;
    let item = claimed(&db, &world).await;
    for fence in [item.fence - 1, item.fence + 1] {
        let mut attempt = intent(&world, &item);
        attempt.fence = fence;
        assert!(!intend(&db, world.tenant, &attempt).await);
    }
    assert!(attempts_of(&db, &item).await.is_empty());
    assert_eq!(world.item(&db, &item).await.state, ItemState::Claimed);
}

async fn nothing_is_intended_once_a_cancel_is_asked_for(db: TestDb) {
    let world = World::new(&db).await;
    let item = claimed(&db, &world).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    let counted = items::cancel(&mut tx, world.tenant, item.fax_id, world.now()).await;
    assert_eq!(counted.unwrap(), (0, 1));
    tx.commit().await.unwrap();

    assert!(!intend(&db, world.tenant, &intent(&world, &item)).await);
    assert!(attempts_of(&db, &item).await.is_empty());
}

async fn a_call_has_one_attempt(db: TestDb) {
    let world = World::new(&db).await;
    let first = intended(&db, &world).await;
    let item = claimed(&db, &world).await;
    let mut second = intent(&world, &item);
    second.call_uuid = first.call_uuid;
    let mut tx = db.write(world.tenant).await.unwrap();
    let refused = attempts::intend(&mut tx, &second).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
    drop(tx);
    assert_eq!(world.item(&db, &item).await.state, ItemState::Claimed);
}

async fn progress_is_written_down(db: TestDb) {
    let world = World::new(&db).await;
    let attempt = intended(&db, &world).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    for (phase, pages) in [
        (AttemptPhase::Dialing, 0),
        (AttemptPhase::Answered, 0),
        (AttemptPhase::Negotiated, 2),
    ] {
        let changed = attempts::progress(&mut tx, &attempt, phase, pages).await;
        assert!(changed.unwrap());
        let stored = attempts::of_item(&mut tx, world.tenant, attempt.item_id).await;
        let stored = stored.unwrap().remove(0);
        assert_eq!(stored.phase, phase);
        assert_eq!(u32::try_from(stored.transferred), Ok(pages));
    }
}

fn ending() -> Ending {
    Ending {
        outcome: Outcome::Failed,
        class: Some(FailureClass::Line),
        cause: Some("NORMAL_CLEARING".to_owned()),
        code: Some(49),
        transferred: 2,
        duration: 61,
        remote_station_id: Some("+1 555".to_owned()),
        evidence: Some("the call's own record".to_owned()),
        cost: 12_345,
    }
}

async fn an_attempt_is_settled_once(db: TestDb) {
    let world = World::new(&db).await;
    let attempt = intended(&db, &world).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    let settled = attempts::settle(&mut tx, &attempt, &ending(), world.now()).await;
    assert!(settled.unwrap());
    let other = Ending {
        outcome: Outcome::Sent,
        ..ending()
    };
    let again = attempts::settle(&mut tx, &attempt, &other, world.now()).await;
    assert!(!again.unwrap());

    let stored = attempts::of_item(&mut tx, world.tenant, attempt.item_id).await;
    let stored = stored.unwrap().remove(0);
    assert_eq!(stored.phase, AttemptPhase::Settled);
    assert_eq!(stored.outcome, Some(Outcome::Failed));
    assert_eq!(stored.class, Some(FailureClass::Line));
    assert_eq!(stored.cause.as_deref(), Some("NORMAL_CLEARING"));
    assert_eq!((stored.code, stored.transferred), (Some(49), 2));
    assert_eq!(stored.duration, 61);
    assert_eq!(stored.remote_station_id.as_deref(), Some("+1 555"));
}

async fn nothing_moves_after_the_end(db: TestDb) {
    let world = World::new(&db).await;
    let attempt = intended(&db, &world).await;
    let mut tx = db.write(world.tenant).await.unwrap();
    attempts::settle(&mut tx, &attempt, &ending(), world.now())
        .await
        .unwrap();
    let late = attempts::progress(&mut tx, &attempt, AttemptPhase::Negotiated, 3).await;
    assert!(!late.unwrap());
    tx.commit().await.unwrap();

    let (item, fence) = (attempt.item_id, attempt.fence + 1);
    let adopted = system(&db, async |tx| attempts::adopt(tx, item, fence).await).await;
    assert!(adopted.unwrap().is_none(), "there is nothing to take over");
}

async fn an_attempt_settles_under_its_fence_alone(db: TestDb) {
    let world = World::new(&db).await;
    let mut attempt = intended(&db, &world).await;
    attempt.fence += 1;
    let mut tx = db.write(world.tenant).await.unwrap();
    let settled = attempts::settle(&mut tx, &attempt, &ending(), world.now()).await;
    assert!(!settled.unwrap());
    let moved = attempts::progress(&mut tx, &attempt, AttemptPhase::Ringing, 0).await;
    assert!(!moved.unwrap());
}

async fn attempts_of_an_item_come_in_order(db: TestDb) {
    let world = World::new(&db).await;
    let item = claimed(&db, &world).await;
    for number in 1..=3 {
        let claimed = world.claimed(&db, "node-1").await;
        let now = claimed.into_iter().next().unwrap_or_else(|| item.clone());
        let attempt = intent(&world, &now);
        assert_eq!(attempt.number, number);
        assert!(intend(&db, world.tenant, &attempt).await);
        let item = world.item_of(&db, attempt.item_id).await;
        let again = items::Change::of(&item, ItemState::Queued);
        let mut tx = db.write(world.tenant).await.unwrap();
        attempts::settle(&mut tx, &attempt, &ending(), world.now())
            .await
            .unwrap();
        let changed = items::change(
            &mut tx,
            world.tenant,
            item.id,
            now.fence,
            &again,
            world.now(),
        )
        .await;
        assert!(changed.unwrap());
        tx.commit().await.unwrap();
    }
    let numbers: Vec<_> = attempts_of(&db, &item)
        .await
        .iter()
        .map(|attempt| attempt.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    let stranger = world.stranger(&db).await;
    let mut tx = db.read(stranger.tenant).await.unwrap();
    let foreign = attempts::of_item(&mut tx, stranger.tenant, item.id).await;
    assert!(foreign.unwrap().is_empty());
}
