//! What becomes of calls, on a line that does as it is told.

use std::time::Duration;

use faxgate_core::ClaimScope;
use faxgate_db::{attempts, faxes, items};
use faxgate_lifecycle::{RetryPolicy, UnknownOutcome};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::ItemState;

use crate::office::{Office, Plan};

on_both_databases![
    a_call_whose_task_breaks_is_taken_over_by_another_task,
    a_line_that_refuses_is_paused_and_then_tried_by_one_call,
    a_call_on_a_line_that_no_node_has_any_more_ends_as_unknown,
    a_fax_that_waited_for_days_is_not_given_up_at_its_first_hiccup,
    a_number_that_the_carrier_bars_waits_alone,
    two_numbers_that_the_carrier_bars_pause_the_line,
    what_stays_unknown_is_sent_again_once_and_then_held,
    what_a_node_that_stops_leaves_is_free_whatever_the_clocks_say,
    an_item_that_cannot_be_dialled_any_more_fails_and_says_why,
    a_cancel_of_a_claim_that_comes_back_needs_no_line,
];

async fn a_call_whose_task_breaks_is_taken_over_by_another_task(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    let running = office.dispatch("line", &[Plan::Break, Plan::Succeed]);
    office.until_all_are(ItemState::Sent).await;
    assert_eq!(office.placed(), 2);
    let story = office.story().await;
    let ended = "no call was placed; settled by taking the call's UUID and finding no CDR after the call was taken over";
    assert!(story.iter().any(|text| text == ended), "{story:#?}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_line_that_refuses_is_paused_and_then_tried_by_one_call(db: TestDb) {
    let office = Office::new(db, &["+12125550101", "+12125550102", "+12125550103"]).await;
    let plan = [Plan::Refuse, Plan::Refuse, Plan::Succeed];
    let running = office.dispatch("line", &plan);
    let pauses = |n| {
        let office = &office;
        move || async move {
            let lanes = office.app.lanes().await.unwrap();
            lanes.iter().any(|lane| lane.pauses == n).then_some(())
        }
    };
    eventually("the line is paused", DEADLINE, pauses(1)).await;
    assert_eq!(office.placed(), 1, "the others are not tried on it");
    office.seed.clock.advance(Duration::from_secs(6));
    eventually("the line is paused for longer", DEADLINE, pauses(2)).await;
    assert_eq!(office.placed(), 2, "one call tried it");
    office.until_all_are(ItemState::Sent).await;
    eventually("the line works again", DEADLINE, pauses(0)).await;
    assert_eq!(office.placed(), 5);
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_call_on_a_line_that_no_node_has_any_more_ends_as_unknown(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    open_a_call(&office, "old").await;
    office.seed.clock.advance(Duration::from_secs(3600));
    let running = office.dispatch("new", &[Plan::Succeed]);
    eventually("the recipient is held", DEADLINE, || async {
        let item = office.items().await.remove(0);
        (item.state == ItemState::Held).then_some(())
    })
    .await;
    let story = office.story().await;
    let why =
        "the line of the call is not configured any more; nobody knows whether it went through";
    assert!(
        story
            .iter()
            .any(|text| text.starts_with(why) && text.contains("settled without a witness")),
        "{story:#?}"
    );
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_fax_that_waited_for_days_is_not_given_up_at_its_first_hiccup(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    office
        .seed
        .clock
        .advance(Duration::from_secs(3 * 24 * 3600));
    let running = office.dispatch("line", &[Plan::Refuse, Plan::Refuse, Plan::Succeed]);
    office.until_all_are(ItemState::Sent).await;
    assert_eq!(office.placed(), 3);
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_number_that_the_carrier_bars_waits_alone(db: TestDb) {
    let office = Office::new(db, &["+12125550101", "+12125550102", "+12125550103"]).await;
    let running = office.dispatch("line", &[Plan::Bar, Plan::Succeed]);
    eventually("the others are sent", DEADLINE, || async {
        let items = office.items().await;
        let sent = items.iter().filter(|item| item.state == ItemState::Sent);
        (sent.count() == 2).then_some(())
    })
    .await;
    assert_eq!(office.placed(), 3);
    let lanes = office.app.lanes().await.unwrap();
    assert!(lanes.iter().all(|lane| lane.pauses == 0), "{lanes:?}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn two_numbers_that_the_carrier_bars_pause_the_line(db: TestDb) {
    let office = Office::new(db, &["+12125550101", "+12125550102", "+12125550103"]).await;
    let running = office.dispatch("line", &[Plan::Bar, Plan::Bar, Plan::Succeed]);
    eventually("the line is paused", DEADLINE, || async {
        let lanes = office.app.lanes().await.unwrap();
        lanes.iter().any(|lane| lane.pauses == 1).then_some(())
    })
    .await;
    assert_eq!(office.placed(), 2);
    // All three are due; the one that was not refused tries the line.
    office.seed.clock.advance(Duration::from_secs(901));
    eventually("the third is sent", DEADLINE, || async {
        office.seed.clock.advance(Duration::from_millis(300));
        (office.placed() >= 3).then_some(())
    })
    .await;
    let mut tx = office.db.read(office.tenant).await.unwrap();
    let mut tries = Vec::new();
    for item in office.items().await {
        let attempts = attempts::of_item(&mut tx, office.tenant, item.id).await;
        tries.push(attempts.unwrap().len());
    }
    tx.commit().await.unwrap();
    assert_eq!(tries.iter().filter(|n| **n >= 1).count(), 3, "{tries:?}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn what_stays_unknown_is_sent_again_once_and_then_held(db: TestDb) {
    let retry = RetryPolicy {
        unknown: UnknownOutcome::ResendAll,
        ..RetryPolicy::default()
    };
    let office = Office::with(db, &["+12125550101"], retry, |_| {}).await;
    let running = office.dispatch("line", &[Plan::Lose]);
    eventually("the recipient is held", DEADLINE, || async {
        office.seed.clock.advance(Duration::from_secs(20));
        let item = office.items().await.remove(0);
        (item.state == ItemState::Held).then_some(())
    })
    .await;
    assert_eq!(office.placed(), 2);
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn what_a_node_that_stops_leaves_is_free_whatever_the_clocks_say(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    let running = office.dispatch("line", &[Plan::Last]);
    eventually("the call is placed", DEADLINE, || async {
        (office.placed() == 1).then_some(())
    })
    .await;
    office.stop.send_replace(true);
    running.await.unwrap();
    // Another node, whose clock is an hour behind.
    let now = office.seed.now() - Duration::from_secs(3600);
    let who = items::Adoption {
        node: "there",
        lanes: &["line"],
        own_except: None,
        now,
        until: now + Duration::from_secs(60),
    };
    let mut tx = office.db.system("take over").await.unwrap();
    assert_eq!(items::adopt(&mut tx, who).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

async fn an_item_that_cannot_be_dialled_any_more_fails_and_says_why(db: TestDb) {
    let lost = |fax: &mut faxes::Fax| fax.sender_e164 = None;
    let office = Office::with(db, &["+12125550101"], RetryPolicy::default(), lost).await;
    let running = office.dispatch("line", &[Plan::Succeed]);
    office.until_all_are(ItemState::Failed).await;
    assert_eq!(office.placed(), 0);
    let error = office.items().await.remove(0).error.unwrap();
    assert!(error.contains("its sender's number"), "{error}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

/// Leaves an item as a node leaves it that wrote an intent and was never seen again.
async fn open_a_call(office: &Office, lane: &str) {
    let ask = faxgate_core::ClaimFor {
        lane,
        scope: ClaimScope::Real,
        limits: faxgate_core::LaneLimits::default(),
        lanes_up: &[lane],
        lease: Duration::from_secs(3),
        limit: 1,
    };
    let claimed = office.app.claim(ask).await.unwrap().items.remove(0);
    let bounds = faxgate_core::CallBounds {
        ringing: Duration::from_secs(60),
        page: Duration::from_secs(120),
        send_within: Duration::from_secs(1),
    };
    let prepared = office
        .app
        .intend(&claimed.item, lane, "core", bounds)
        .await
        .unwrap();
    assert!(matches!(prepared, faxgate_core::Prepared::Intended(_)));
    let mut tx = office.db.read(office.tenant).await.unwrap();
    let attempts = attempts::of_item(&mut tx, office.tenant, claimed.item.id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(attempts.last().unwrap().lane, lane);
}

async fn a_cancel_of_a_claim_that_comes_back_needs_no_line(db: TestDb) {
    let office = Office::new(db, &["+12125550101", "+12125550102"]).await;
    let ask = faxgate_core::ClaimFor {
        lane: "line",
        scope: ClaimScope::Real,
        limits: faxgate_core::LaneLimits::default(),
        lanes_up: &["line"],
        lease: Duration::from_secs(3),
        limit: 2,
    };
    let claimed = office.app.claim(ask).await.unwrap().items;
    let item = &claimed[0].item;
    let mut tx = office.db.write(office.tenant).await.unwrap();
    let canceled = items::cancel(&mut tx, office.tenant, item.fax_id, office.seed.now()).await;
    assert_eq!(canceled.unwrap(), (0, 2));
    tx.commit().await.unwrap();

    // One is given back by its task, the other by the node as a whole.
    office
        .app
        .unclaim(item, Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(office.app.hand_back_claims().await.unwrap(), 1);
    office.app.cancel_requests().await.unwrap();
    let states: Vec<_> = office.items().await.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Canceled; 2]);
    let mut tx = office.db.read(office.tenant).await.unwrap();
    let fax = faxes::find(&mut tx, office.tenant, item.fax_id).await;
    assert_eq!(
        fax.unwrap().unwrap().status,
        faxgate_types::FaxStatus::Canceled
    );
    let story = office.story().await;
    let ended = "canceled before it was dialled";
    assert_eq!(
        story.iter().filter(|text| text.ends_with(ended)).count(),
        2,
        "{story:#?}"
    );
}
