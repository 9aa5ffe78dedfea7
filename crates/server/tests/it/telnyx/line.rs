//! What is asked of Telnyx, and what may be concluded from its answers and from their absence.

use std::time::Duration;

use faxgate_core::{CallFacts, CarrierEvent, Fence, Placed, Probe, Settled, Transport as _};
use faxgate_dispatch::telnyx::LANE;
use faxgate_imaging::carrier_pdf;
use faxgate_lifecycle::{Action, Attempt, CarrierEnd, Core, Evidence};
use faxgate_simulator::telnyx::{Fault, ListLag, Scenario, Stage, TelnyxDouble, Trouble};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::{CarrierReason, ItemState, SinceBoot, Witness};

use super::post::{PAGES, Post};

on_both_databases![
    a_fax_that_goes_on_begins_at_its_next_page_and_counts_all_of_them,
    an_order_that_is_late_does_not_leave,
    an_order_whose_answer_is_lost_is_found_by_its_note,
    an_order_that_never_arrived_was_never_taken,
    an_order_that_is_listed_late_is_not_taken_for_lost,
    an_event_that_comes_while_the_list_is_silent_counts,
    a_fax_is_canceled_and_one_that_has_ended_is_no_error,
    a_refused_key_and_too_many_requests_are_the_lines_trouble,
    a_fax_that_telnyx_has_forgotten_is_not_never_dialled,
    the_end_of_a_fax_that_was_taken_for_unknown_is_heard_late,
];

async fn a_fax_that_goes_on_begins_at_its_next_page_and_counts_all_of_them(db: TestDb) {
    let mut post = Post::new(db).await;
    post.order.start_page = 1;
    assert_eq!(post.line.place(&post.order).await, Placed::Accepted);
    let call = post.double.calls().remove(0);
    let (header, now) = (post.order.header.clone(), post.seed.now());
    let line = |page| header.line(now, page, PAGES);
    assert!(line(2).ends_with("2/3"), "{}", line(2));
    let expected = carrier_pdf(&post.pages, 1, line).unwrap();
    let is_kept = |double: &TelnyxDouble| double.document(&call.fax_id).is_some();
    post.double.until(is_kept).await;
    let sent = post.double.document(&call.fax_id).unwrap();
    assert_eq!(sent.pages, PAGES - 1);
    assert_eq!(sent.bytes, expected);
    assert_eq!(
        (call.from.as_str(), call.to.as_str()),
        ("+12125550100", "+15550001111")
    );
    assert_eq!(post.carrier_id().await, Some(call.fax_id));
}

async fn an_order_that_is_late_does_not_leave(db: TestDb) {
    let mut post = Post::new(db).await;
    post.order.send_by = SinceBoot(post.seed.ambient.since_boot().0);
    let placed = post.line.place(&post.order).await;
    assert!(matches!(placed, Placed::NotSent(_)), "{placed:?}");
    assert!(post.double.calls().is_empty());
    assert_eq!(post.carrier_id().await, None);
}

async fn an_order_whose_answer_is_lost_is_found_by_its_note(db: TestDb) {
    let post = Post::new(db).await;
    post.double.inject(Fault::new(Trouble::AnswerLost));
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    let found = eventually("it is asked again", DEADLINE, async || {
        match post.line.probe(call, LANE).await {
            Probe::Record(event) => Some(event),
            _ => None,
        }
    })
    .await;
    assert_eq!(found.evidence, Evidence::Carrier(CarrierEnd::Delivered));
    assert_eq!(found.by, Witness::Carrier);
    assert_eq!(post.orders(), 1);
    let fax = post.double.calls().remove(0).fax_id;
    assert_eq!(post.carrier_id().await, Some(fax));
}

async fn an_order_that_never_arrived_was_never_taken(db: TestDb) {
    let post = Post::new(db).await;
    post.double.inject(Fault::new(Trouble::Closed));
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    rested(&post).await;
    assert_eq!(post.line.probe(call, LANE).await, Probe::Absent(Core::Same));
    post.long_after();
    assert_eq!(post.line.fence(call, LANE).await, Fence::Taken(Core::Same));
    assert!(post.double.calls().is_empty());
}

async fn an_order_that_is_listed_late_is_not_taken_for_lost(db: TestDb) {
    let post = Post::new(db).await;
    let fault = |trouble| post.double.inject(Fault::new(trouble));
    post.double.list_lag(ListLag::Lists(2));
    fault(Trouble::AnswerLost);
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    rested(&post).await;
    assert_eq!(post.line.probe(call, LANE).await, Probe::Absent(Core::Same));
    post.long_after();
    assert_eq!(post.line.fence(call, LANE).await, Fence::Refused);
    assert!(post.carrier_id().await.is_some());
}

async fn an_event_that_comes_while_the_list_is_silent_counts(db: TestDb) {
    let post = Post::new(db).await;
    post.double.list_lag(ListLag::Lists(100));
    post.double.inject(Fault::new(Trouble::AnswerLost));
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    rested(&post).await;
    let fax = post.double.calls().remove(0).fax_id;
    post.app
        .take_carrier_event(event(&post, &fax))
        .await
        .unwrap();
    post.long_after();
    assert_eq!(post.line.fence(call, LANE).await, Fence::Refused);
    assert_eq!(post.carrier_id().await, Some(fax));
}

async fn a_fax_is_canceled_and_one_that_has_ended_is_no_error(db: TestDb) {
    let post = Post::new(db).await;
    let stays = vec![Scenario::stays(Stage::Sending)];
    post.double.scenarios("+15550001111", stays);
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Accepted);
    eventually("it is on the line", DEADLINE, async || {
        match post.line.probe(call, LANE).await {
            Probe::Lives(event) => (event.evidence == Evidence::Answered).then_some(()),
            _ => None,
        }
    })
    .await;
    assert!(post.line.kill(call).await);
    let end = eventually("it has ended", DEADLINE, async || {
        match post.line.probe(call, LANE).await {
            Probe::Record(event) => Some(event.evidence),
            _ => None,
        }
    })
    .await;
    let failed = matches!(end, Evidence::Carrier(CarrierEnd::Failed(_)));
    assert!(failed, "{end:?}");
    assert!(post.line.kill(call).await, "nothing is left to cancel");
}

async fn a_refused_key_and_too_many_requests_are_the_lines_trouble(db: TestDb) {
    let post = Post::new(db).await;
    post.double.revoke_key(true);
    let refused = post.line.place(&post.order).await;
    let Placed::Declined { reason, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(reason.as_str(), CarrierReason::UNAUTHENTICATED);
    assert_eq!(post.line.core(), None, "it is left alone for a while");
    post.double.revoke_key(false);
    let retry_after = Some(7);
    post.double
        .inject(Fault::new(Trouble::RateLimited { retry_after }));
    let refused = post.line.place(&post.order).await;
    let Placed::Declined { reason, wait } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(reason.as_str(), CarrierReason::RATE_LIMITED);
    assert_eq!(wait, Duration::from_secs(7));
    assert!(post.double.calls().is_empty());
}

async fn a_fax_that_telnyx_has_forgotten_is_not_never_dialled(db: TestDb) {
    let post = Post::new(db).await;
    let stays = vec![Scenario::stays(Stage::Sending)];
    post.double.scenarios("+15550001111", stays);
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Accepted);
    let gone = Trouble::Refused {
        status: 404,
        code: Some("10005".to_owned()),
    };
    let gone = Fault::new(gone).on("GET /v2/faxes/*").times(2);
    post.double.inject(gone);
    let early = post.line.probe(call, LANE).await;
    assert_eq!(early, Probe::Alive, "it may not be shown yet");
    post.seed.clock.advance(Duration::from_secs(3600));
    let late = post.line.probe(call, LANE).await;
    let Probe::Record(event) = late else {
        panic!("{late:?}");
    };
    assert_eq!(event.evidence, Evidence::Vanished);
}

async fn the_end_of_a_fax_that_was_taken_for_unknown_is_heard_late(db: TestDb) {
    let post = Post::new(db).await;
    assert_eq!(post.line.place(&post.order).await, Placed::Accepted);
    let mut actions = Attempt::new(0, PAGES).on(Evidence::Vanished);
    let Action::Settle(verdict) = actions.remove(0) else {
        panic!("no verdict");
    };
    let facts = CallFacts::default();
    let settled = post.app.settle(&post.open, &verdict, &facts);
    assert_eq!(settled.await.unwrap(), Settled::Now(ItemState::Held));
    let fax = post.double.calls().remove(0).fax_id;
    for _ in 0..2 {
        post.app
            .take_carrier_event(event(&post, &fax))
            .await
            .unwrap();
    }
    eventually("it is sent after all", DEADLINE, async || {
        (post.item().await.state == ItemState::Sent).then_some(())
    })
    .await;
    eventually("the event is used", DEADLINE, async || {
        let waiting = post.app.waiting_carrier_events(LANE, None, 10).await;
        waiting.unwrap().events.is_empty().then_some(())
    })
    .await;
}

/// After an answer that did not help, the API is left alone for a moment; with time stopped it would be for ever.
pub(super) async fn rested(post: &Post) {
    eventually("the line may be used again", DEADLINE, async || {
        post.line.core()
    })
    .await;
}

/// The webhook of a fax that was delivered.
pub(super) fn event(post: &Post, fax: &str) -> CarrierEvent {
    CarrierEvent {
        carrier: LANE.to_owned(),
        id: "4844b70c-3c6c-4c3a-ba2e-e4c785f02d24".to_owned(),
        kind: "fax.delivered".to_owned(),
        fax: Some(fax.to_owned()),
        attempt: Some(post.order.attempt),
        status: Some("delivered".to_owned()),
        call_duration_secs: Some(41),
        ..CarrierEvent::default()
    }
}
