//! Faxes that arrive.

use std::sync::Arc;
use std::time::Duration;

use faxgate_simulator::telnyx::{Inbound, InboundRefused, TelnyxDouble};
use faxgate_types::{Ambient, ManualClock, SystemRandom, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{FROM, code, document, event, receiver, telnyx, text, tiff};
use crate::web::Web;

const OURS: &str = "+12125550123";

fn events(double: &TelnyxDouble, web: &Web) -> Vec<Value> {
    let requests = web.requests();
    requests
        .iter()
        .map(|one| event(double, one)["data"].clone())
        .collect()
}

async fn fetch(link: &str) -> (StatusCode, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(link).send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_fax_from_outside_is_told_of_and_its_link_expires() {
    let start = Timestamp::parse("2026-11-21T05:00:00Z").unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let ambient = Ambient::new(Arc::clone(&clock) as _, Arc::new(SystemRandom));
    let web = receiver().await;
    let telnyx = telnyx(|options| {
        options.ambient = ambient;
        options.webhook_url = Some(web.url("/"));
        options.numbers = vec![OURS.to_owned()];
    })
    .await;
    let double = &telnyx.double;
    let pdf = document(2);
    let mut fax = Inbound::new("+13125550100", "(212) 555-0123", pdf.clone());
    fax.caller_id = Some("+13125550111".to_owned());
    fax.partial = true;
    let id = double.receive(fax).await.unwrap();
    double.quiet().await;
    let events = events(double, &web);
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["event_type"].as_str().unwrap())
        .collect();
    let expected = [
        "fax.receiving.started",
        "fax.media.processing.started",
        "fax.received",
    ];
    assert_eq!(kinds, expected);
    let payload = &events[2]["payload"];
    for (member, value) in [
        ("fax_id", json!(id)),
        ("direction", json!("inbound")),
        ("from", json!("+13125550100")),
        ("to", json!(OURS)),
        ("caller_id", json!("+13125550111")),
        ("page_count", json!(2)),
        ("partial_content", json!(true)),
        ("status", json!("received")),
        ("connection_id", json!(double.connection_id())),
    ] {
        assert_eq!(payload[member], value, "{member}");
    }
    let link = text(&payload["media_url"]);
    assert_eq!(fetch(&link).await, (StatusCode::OK, pdf.clone()));
    clock.advance(Duration::from_secs(600));
    assert_eq!(fetch(&link).await.0, StatusCode::FORBIDDEN);

    let refresh = format!("/faxes/{id}/actions/refresh");
    let (status, result) = telnyx.post(&refresh, &json!({})).await;
    assert_eq!(
        (status, &result["data"]["result"]),
        (StatusCode::OK, &json!("ok"))
    );
    let (_, got) = telnyx.get(&format!("/faxes/{id}")).await;
    let again = text(&got["data"]["media_url"]);
    assert_ne!(again, link);
    assert_eq!(fetch(&again).await, (StatusCode::OK, pdf));
    double.expire_links();
    assert_eq!(fetch(&again).await.0, StatusCode::FORBIDDEN);
    assert!(double.calls().is_empty(), "nobody of ours has sent it");
}

#[tokio::test]
async fn a_fax_to_a_number_of_the_account_arrives_there() {
    let web = receiver().await;
    let telnyx = telnyx(|options| {
        options.webhook_url = Some(web.url("/"));
        options.numbers = vec![OURS.to_owned()];
    })
    .await;
    let sent = telnyx.send(OURS).await;
    telnyx.double.quiet().await;
    let events = events(&telnyx.double, &web);
    let received = events
        .iter()
        .find(|event| event["event_type"] == "fax.received")
        .unwrap();
    assert_eq!(received["payload"]["from"], FROM);
    let link = text(&received["payload"]["media_url"]);
    let bytes = telnyx.double.document(&sent).unwrap().bytes;
    assert_eq!(fetch(&link).await, (StatusCode::OK, bytes.to_vec()));
    assert_eq!(telnyx.double.calls().len(), 1);
}

#[tokio::test]
async fn a_fax_that_breaks_off_or_goes_nowhere_is_none() {
    let web = receiver().await;
    let telnyx = telnyx(|options| {
        options.webhook_url = Some(web.url("/"));
        options.numbers = vec![OURS.to_owned()];
    })
    .await;
    let double = &telnyx.double;
    let mut fax = Inbound::new(FROM, OURS, tiff(1));
    fax.failure_reason = Some("sender_call_dropped".to_owned());
    let id = double.receive(fax).await.unwrap();
    double.quiet().await;
    let last = events(double, &web).pop().unwrap();
    assert_eq!(last["event_type"], "fax.failed");
    assert_eq!(last["payload"]["failure_reason"], "sender_call_dropped");
    let refresh = format!("/faxes/{id}/actions/refresh");
    let (status, refused) = telnyx.post(&refresh, &json!({})).await;
    assert_eq!(
        (status, code(&refused)),
        (StatusCode::UNPROCESSABLE_ENTITY, "10015")
    );

    let nowhere = Inbound::new(FROM, "+12125550999", document(1));
    assert_eq!(
        double.receive(nowhere).await,
        Err(InboundRefused::UnknownNumber)
    );
    let nothing = Inbound::new(FROM, OURS, &b"hello"[..]);
    assert_eq!(
        double.receive(nothing).await,
        Err(InboundRefused::UnreadableDocument)
    );
    let application = double.connection_id().to_owned();
    let path = format!("/fax_applications/{application}");
    let off = json!({"active": false});
    telnyx.with_body(reqwest::Method::PATCH, &path, &off).await;
    let asleep = Inbound::new(FROM, OURS, document(1));
    assert_eq!(
        double.receive(asleep).await,
        Err(InboundRefused::UnknownNumber)
    );
}

#[tokio::test]
async fn a_fax_tiff_arrives_as_a_pdf() {
    let telnyx = telnyx(|options| options.numbers = vec![OURS.to_owned()]).await;
    let fax = Inbound::new(FROM, OURS, tiff(3));
    let id = telnyx.double.receive(fax).await.unwrap();
    telnyx.double.quiet().await;
    let arrived = telnyx.double.document(&id).unwrap();
    assert_eq!(arrived.pages, 3);
    assert!(arrived.bytes.starts_with(b"%PDF-"));
}
