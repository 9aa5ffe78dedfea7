//! What a list proves, and what it does not.

use std::time::Duration;

use faxgate_core::{Fence, Placed, Probe, Transport as _};
use faxgate_db::carrier_events;
use faxgate_dispatch::telnyx::LANE;
use faxgate_lifecycle::{Core, Evidence};
use faxgate_simulator::telnyx::{Fault, ListLag, Trouble};
use faxgate_telnyx::{Contents, Media, Number, SendFax};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};

use super::line::{event, rested};
use super::post::{Post, client};

on_both_databases![
    a_fax_is_found_although_our_clock_is_an_hour_ahead,
    a_fax_without_a_note_beside_the_order_leaves_it_open_and_in_the_end_unknown,
    what_was_told_of_an_attempt_refuses_the_fence_whoever_made_use_of_it,
    an_event_that_cannot_be_read_does_not_shake_a_fence,
];

async fn a_fax_is_found_although_our_clock_is_an_hour_ahead(db: TestDb) {
    let post = Post::ahead(db, Duration::from_secs(3600)).await;
    post.double.inject(Fault::new(Trouble::AnswerLost));
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    rested(&post).await;
    let found = post.line.probe(post.order.call, LANE).await;
    assert!(!matches!(found, Probe::Absent(_)), "{found:?}");
    let fax = post.double.calls().remove(0).fax_id;
    assert_eq!(post.carrier_id().await, Some(fax));
}

async fn a_fax_without_a_note_beside_the_order_leaves_it_open_and_in_the_end_unknown(db: TestDb) {
    let post = Post::ahead(db, Duration::ZERO).await;
    let pdf = post.app.carrier_pdf(&post.order).await.unwrap();
    let by_hand = SendFax::new(
        post.double.connection_id().into(),
        Number::new(post.order.sender.as_str()),
        Number::new(post.order.destination.as_str()),
        Media::Contents(Contents {
            file_name: "by-hand.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: pdf,
        }),
    );
    let api = client(&post.double);
    api.faxes().send_if(&by_hand, || true).await.unwrap();
    post.double.inject(Fault::new(Trouble::Closed));
    let call = post.order.call;
    assert_eq!(post.line.place(&post.order).await, Placed::Unclear);
    rested(&post).await;
    assert_eq!(post.line.probe(call, LANE).await, Probe::Unreachable);
    post.long_after();
    assert_eq!(post.line.fence(call, LANE).await, Fence::Unreachable);
    post.seed.clock.advance(Duration::from_secs(600));
    let Probe::Record(end) = post.line.probe(call, LANE).await else {
        panic!("it stays open for ever");
    };
    assert_eq!(end.evidence, Evidence::Vanished);
}

async fn what_was_told_of_an_attempt_refuses_the_fence_whoever_made_use_of_it(db: TestDb) {
    let post = Post::new(db).await;
    post.double.list_lag(ListLag::Lists(100));
    let told = event(&post, "told-of");
    let mut tx = post.db.system("a test").await.unwrap();
    let now = post.seed.now();
    let row = carrier_events::CarrierEvent {
        id: told.key(),
        carrier: told.carrier.clone(),
        kind: told.kind.clone(),
        fax_id: told.fax.clone(),
        attempt_id: told.attempt,
        occurred_at: None,
        body: serde_json::to_string(&told).unwrap(),
        received_at: now,
        used_at: Some(now),
    };
    assert!(carrier_events::put(&mut tx, &row).await.unwrap());
    tx.commit().await.unwrap();
    post.long_after();
    assert_eq!(post.line.fence(post.order.call, LANE).await, Fence::Refused);
    assert_eq!(post.carrier_id().await.as_deref(), Some("told-of"));
}

async fn an_event_that_cannot_be_read_does_not_shake_a_fence(db: TestDb) {
    let post = Post::new(db).await;
    let now = post.seed.now();
    let torn = carrier_events::CarrierEvent {
        id: format!("{LANE}:torn"),
        carrier: LANE.to_owned(),
        kind: "fax.queued".to_owned(),
        fax_id: None,
        attempt_id: None,
        occurred_at: None,
        body: "{".to_owned(),
        received_at: now,
        used_at: None,
    };
    let mut tx = post.db.system("a test").await.unwrap();
    assert!(carrier_events::put(&mut tx, &torn).await.unwrap());
    tx.commit().await.unwrap();
    post.long_after();
    let fence = eventually("the fence has an answer", DEADLINE, async || {
        match post.line.fence(post.order.call, LANE).await {
            Fence::Unreachable => None,
            fence => Some(fence),
        }
    })
    .await;
    assert_eq!(fence, Fence::Taken(Core::Same));
}
