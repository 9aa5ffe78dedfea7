//! Webhooks: their order, their tries, and the policies that bend both.

use std::collections::HashSet;
use std::time::Duration;

use faxgate_simulator::telnyx::{Policy, TelnyxDouble};
use reqwest::StatusCode;

use super::{GOOD, Telnyx, event, read, receiver, telnyx, text, verify};
use crate::web::{Web, answer};

const ALL: [&str; 4] = [
    "fax.queued",
    "fax.media.processed",
    "fax.sending.started",
    "fax.delivered",
];

/// Types of the events that were delivered, in order.
fn told(double: &TelnyxDouble) -> Vec<String> {
    let taken = double.webhooks().into_iter();
    let taken = taken.filter(|delivery| delivery.status == Some(200));
    taken.map(|delivery| delivery.event_type).collect()
}

async fn told_with(policy: Policy) -> (Vec<String>, usize) {
    let web = receiver().await;
    let telnyx = telnyx(|options| options.webhook_url = Some(web.url("/"))).await;
    telnyx.double.policy(policy);
    telnyx.send(GOOD).await;
    telnyx.double.quiet().await;
    let events = web.requests();
    let ids: HashSet<String> = events
        .iter()
        .map(|request| text(&event(&telnyx.double, request)["data"]["id"]))
        .collect();
    (told(&telnyx.double), ids.len())
}

fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::default();
    change(&mut policy);
    policy
}

#[tokio::test]
async fn events_come_in_order_unless_shuffled_and_a_seed_repeats() {
    assert_eq!(
        told_with(Policy::default()).await,
        (ALL.map(str::to_owned).into(), 4)
    );
    let shuffled = async |seed| told_with(policy(|policy| policy.shuffle = Some(seed))).await;
    let mut orders = HashSet::new();
    for seed in 0..8 {
        let (order, ids) = shuffled(seed).await;
        assert_eq!(ids, 4);
        let mut sorted = order.clone();
        sorted.sort();
        let mut all = ALL;
        all.sort_unstable();
        assert_eq!(sorted, all);
        assert_eq!(shuffled(seed).await.0, order);
        orders.insert(order);
    }
    assert!(orders.len() > 2, "{orders:?}");
}

#[tokio::test]
async fn copies_are_of_one_event_and_lost_ones_never_come() {
    let (twice, ids) = told_with(policy(|policy| policy.copies = 2)).await;
    assert_eq!((twice.len(), ids), (8, 4));
    assert_eq!(twice[..2], [ALL[0], ALL[0]]);
    let lost = policy(|policy| policy.lose = vec!["fax.delivered".to_owned()]);
    assert_eq!(told_with(lost).await.0, ALL[..3]);
    let lost = policy(|policy| policy.lose = vec!["*".to_owned()]);
    assert_eq!(told_with(lost).await.1, 0);
    let late = policy(|policy| policy.delay_millis = 20);
    assert_eq!(told_with(late).await.0, ALL);
}

#[tokio::test]
async fn what_is_held_comes_when_it_is_released() {
    let web = receiver().await;
    let telnyx = telnyx(|options| options.webhook_url = Some(web.url("/"))).await;
    telnyx.double.policy(policy(|policy| policy.hold = true));
    let id = telnyx.send(GOOD).await;
    telnyx.reaches(&id, "delivered").await;
    telnyx.double.quiet().await;
    assert!(web.requests().is_empty());
    telnyx.double.release();
    telnyx.double.quiet().await;
    assert_eq!(told(&telnyx.double), ALL);
}

#[tokio::test]
async fn a_webhook_is_tried_three_times_and_then_elsewhere() {
    let broken = Web::answering(&[&answer("500 Oh", "", "")]).await;
    let failover = receiver().await;
    let telnyx = telnyx(|options| {
        options.webhook_url = Some(broken.url("/main"));
        options.failover_url = Some(failover.url("/other"));
    })
    .await;
    telnyx.double.policy(policy(|policy| {
        policy.lose = ALL[..3].iter().map(|name| (*name).to_owned()).collect()
    }));
    telnyx.send(GOOD).await;
    telnyx.double.quiet().await;
    let tries: Vec<_> = telnyx
        .double
        .webhooks()
        .into_iter()
        .inspect(|one| {
            verify(
                &telnyx.double.public_key(),
                &one.timestamp,
                one.body.as_bytes(),
                &one.signature,
            )
        })
        .map(|one| (one.url, one.attempt, one.status))
        .collect();
    let main = broken.url("/main");
    let expected = [
        (main.clone(), 1, Some(500)),
        (main.clone(), 2, Some(500)),
        (main, 3, Some(500)),
        (failover.url("/other"), 1, Some(200)),
    ];
    assert_eq!(tries, expected);
    let last = event(&telnyx.double, &failover.requests()[0]);
    assert_eq!(last["meta"]["delivered_to"], failover.url("/other"));
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_in_time_has_not_answered() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let failover = receiver().await;
    let telnyx = telnyx(|options| {
        options.webhook_url = Some(silent);
        options.failover_url = Some(failover.url("/"));
        options.webhook_timeout = Duration::from_millis(50);
        options.webhook_tries = 2;
    })
    .await;
    telnyx.send(GOOD).await;
    telnyx.double.quiet().await;
    assert_eq!(told(&telnyx.double), ALL);
    let unanswered = telnyx.double.webhooks().into_iter();
    assert_eq!(unanswered.filter(|one| one.status.is_none()).count(), 8);
}

#[tokio::test]
async fn a_fax_may_have_an_address_of_its_own() {
    let (usual, own) = (receiver().await, receiver().await);
    let telnyx: Telnyx = telnyx(|options| options.webhook_url = Some(usual.url("/"))).await;
    let sent = telnyx.upload(GOOD, &[("webhook_url", &own.url("/own"))], 1);
    assert_eq!(
        read(sent.send().await.unwrap()).await.0,
        StatusCode::ACCEPTED
    );
    telnyx.double.quiet().await;
    assert_eq!((usual.requests().len(), own.requests().len()), (0, 4));
}

#[tokio::test]
async fn a_signature_made_by_hand_is_the_accounts() {
    let telnyx = telnyx(|_| ()).await;
    let signature = telnyx.double.sign("1700000000", b"{}");
    verify(&telnyx.double.public_key(), "1700000000", b"{}", &signature);
}
