//! Word of a fax that comes after its call was given up.

use std::time::Duration;

use faxgate_core::{
    CallBounds, CallFacts, CarrierEvent, ClaimFor, ClaimScope, LaneLimits, Prepared, Release,
    Settled,
};
use faxgate_db::carrier_events;
use faxgate_dispatch::telnyx::LANE;
use faxgate_lifecycle::{Action, Attempt, Evidence};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::{ItemState, Outcome};
use tokio::sync::watch;

use super::line::event;
use super::post::{PAGES, Post};

on_both_databases![
    a_fax_that_counted_as_never_taken_and_was_delivered_is_not_sent_again,
    a_fax_that_counted_as_never_taken_and_is_under_way_is_held_until_its_end_is_told,
    a_fax_that_is_claimed_again_and_was_delivered_is_not_called,
    what_an_operator_sends_again_stops_when_it_was_delivered_and_only_then,
    an_event_that_cannot_be_read_keeps_no_other_waiting,
    events_behind_a_thousand_that_nobody_wants_are_seen,
    the_document_of_a_call_that_stays_unknown_is_dropped_a_day_later,
];

const FAX: &str = "b679398f-3774-4c6d-9e0c-5f7b0a1c6a52";

/// Gives the only call up.
async fn give_up(post: &Post, evidence: Evidence, becomes: ItemState) {
    let Action::Settle(verdict) = Attempt::new(0, PAGES).on(evidence).remove(0) else {
        panic!("no verdict");
    };
    let facts = CallFacts::default();
    let settled = post.app.settle(&post.open, &verdict, &facts);
    assert_eq!(settled.await.unwrap(), Settled::Now(becomes));
}

async fn tell(post: &Post, kind: &str) {
    let told = CarrierEvent {
        id: format!("{kind} of {FAX}"),
        kind: kind.to_owned(),
        status: None,
        ..event(post, FAX)
    };
    post.app.take_carrier_event(told).await.unwrap();
}

async fn becomes(post: &Post, state: ItemState) {
    eventually("it becomes what it is to be", DEADLINE, async || {
        (post.item().await.state == state).then_some(())
    })
    .await;
}

/// Every event was looked at, and none waits any more.
async fn all_are_used(post: &Post) {
    eventually("the events are used", DEADLINE, async || {
        let waiting = post.app.waiting_carrier_events(LANE, None, 10).await;
        waiting.unwrap().events.is_empty().then_some(())
    })
    .await;
}

async fn a_fax_that_counted_as_never_taken_and_was_delivered_is_not_sent_again(db: TestDb) {
    let post = Post::new(db).await;
    give_up(&post, Evidence::NotSent, ItemState::Queued).await;
    tell(&post, "fax.delivered").await;
    becomes(&post, ItemState::Sent).await;
    let attempt = post.attempt().await;
    assert_eq!(attempt.outcome, Some(Outcome::Sent));
    assert_eq!(attempt.carrier_id.as_deref(), Some(FAX));
    assert_eq!(post.item().await.waits, 0);
}

async fn a_fax_that_counted_as_never_taken_and_is_under_way_is_held_until_its_end_is_told(
    db: TestDb,
) {
    let post = Post::new(db).await;
    give_up(&post, Evidence::NotSent, ItemState::Queued).await;
    tell(&post, "fax.queued").await;
    becomes(&post, ItemState::Held).await;
    let why = post.item().await.error.unwrap();
    assert!(why.contains("the carrier took it after all"), "{why}");
    assert_eq!(post.attempt().await.outcome, Some(Outcome::Unknown));
    tell(&post, "fax.delivered").await;
    becomes(&post, ItemState::Sent).await;
    let item = post.item().await;
    assert_eq!((item.tries_line, item.waits, item.error), (0, 0, None));
}

async fn a_fax_that_is_claimed_again_and_was_delivered_is_not_called(db: TestDb) {
    let post = Post::new(db).await;
    give_up(&post, Evidence::NotSent, ItemState::Queued).await;
    post.seed.clock.advance(Duration::from_secs(3600));
    let ask = ClaimFor {
        lane: LANE,
        scope: ClaimScope::Real,
        limits: LaneLimits::default(),
        lanes_up: &[LANE],
        lease: Duration::from_secs(60),
        limit: 1,
    };
    let claimed = post.app.claim(ask).await.unwrap().items.remove(0);
    tell(&post, "fax.delivered").await;
    becomes(&post, ItemState::Sent).await;
    let bounds = CallBounds {
        ringing: Duration::from_secs(60),
        page: Duration::from_secs(120),
        send_within: Duration::from_secs(10),
    };
    let prepared = post.app.intend(&claimed.item, LANE, LANE, bounds).await;
    assert!(matches!(prepared, Ok(Prepared::Dropped)), "{prepared:?}");
    assert_eq!(post.item().await.state, ItemState::Sent);
}

async fn what_an_operator_sends_again_stops_when_it_was_delivered_and_only_then(db: TestDb) {
    let post = Post::new(db).await;
    give_up(&post, Evidence::Vanished, ItemState::Held).await;
    post.seed.clock.advance(Duration::from_secs(60));
    let release = post
        .app
        .release_held(post.fax, None, Release::ResendAll, "Alice");
    release.await.unwrap();
    tell(&post, "fax.failed").await;
    all_are_used(&post).await;
    assert_eq!(post.item().await.state, ItemState::Queued);
    assert_eq!(post.attempt().await.outcome, Some(Outcome::Unknown));
    tell(&post, "fax.delivered").await;
    becomes(&post, ItemState::Sent).await;
}

/// An event as it is kept.
fn row(post: &Post, id: String, body: String) -> carrier_events::CarrierEvent {
    carrier_events::CarrierEvent {
        id: format!("{LANE}:{id}"),
        carrier: LANE.to_owned(),
        kind: "fax.queued".to_owned(),
        fax_id: None,
        attempt_id: None,
        occurred_at: None,
        body,
        received_at: post.seed.now(),
        used_at: None,
    }
}

async fn keep(post: &Post, rows: Vec<carrier_events::CarrierEvent>) {
    let mut tx = post.db.system("a test").await.unwrap();
    for row in rows {
        assert!(carrier_events::put(&mut tx, &row).await.unwrap());
    }
    tx.commit().await.unwrap();
}

async fn an_event_that_cannot_be_read_keeps_no_other_waiting(db: TestDb) {
    let post = Post::new(db).await;
    give_up(&post, Evidence::Vanished, ItemState::Held).await;
    keep(&post, vec![row(&post, "torn".to_owned(), "{".to_owned())]).await;
    post.seed.clock.advance(Duration::from_secs(1));
    tell(&post, "fax.delivered").await;
    becomes(&post, ItemState::Sent).await;
    all_are_used(&post).await;
}

async fn events_behind_a_thousand_that_nobody_wants_are_seen(db: TestDb) {
    let post = Post::new(db).await;
    // The call is open, and watched by nobody here.
    let of_another_node = |number: u32| {
        let told = CarrierEvent {
            id: format!("{number:04}"),
            kind: "fax.queued".to_owned(),
            ..event(&post, FAX)
        };
        let body = serde_json::to_string(&told).unwrap();
        row(&post, told.id, body)
    };
    keep(&post, (0..1000).map(of_another_node).collect()).await;
    let page = post.app.waiting_carrier_events(LANE, None, 1000).await;
    let page = page.unwrap();
    assert_eq!(page.events.len(), 1000);
    let last = page.next.unwrap();
    post.seed.clock.advance(Duration::from_secs(1));
    let nobodys = CarrierEvent {
        attempt: None,
        ..event(&post, "nobody's")
    };
    post.app.take_carrier_event(nobodys).await.unwrap();
    eventually("it is seen", DEADLINE, async || {
        let rest = post.app.waiting_carrier_events(LANE, Some(&last), 10).await;
        rest.unwrap().events.is_empty().then_some(())
    })
    .await;
    let page = post.app.waiting_carrier_events(LANE, None, 1000).await;
    assert_eq!(page.unwrap().events.len(), 1000, "they wait for their node");
}

async fn the_document_of_a_call_that_stays_unknown_is_dropped_a_day_later(db: TestDb) {
    let post = Post::new(db).await;
    let (tenant, attempt) = (post.tenant, post.order.attempt);
    let pdf = post.app.carrier_pdf(&post.order).await.unwrap();
    let kept = post.app.keep_carrier_document(tenant, attempt, pdf).await;
    let key = kept.unwrap().parse().unwrap();
    give_up(&post, Evidence::Vanished, ItemState::Held).await;
    let (stop, stopping) = watch::channel(false);
    let jobs = tokio::spawn({
        let app = post.app.clone();
        async move { app.run_jobs(stopping).await }
    });
    post.seed.clock.advance(Duration::from_secs(23 * 3600));
    assert!(post.files.exists(&key).await.unwrap());
    post.seed.clock.advance(Duration::from_secs(2 * 3600));
    eventually("the document is gone", DEADLINE, async || {
        (!post.files.exists(&key).await.unwrap()).then_some(())
    })
    .await;
    stop.send_replace(true);
    jobs.await.unwrap();
}
