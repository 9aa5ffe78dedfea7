//! The media of faxes that came in: links that have expired, that never were, and whom the key is shown to.

use faxgate_simulator::telnyx::{Fault, Inbound, Policy, TelnyxDouble, Trouble};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::Ambient;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::house::House;
use super::post::loopback;
use crate::under_test::{DID, Gateway, Settings, pdf};

on_both_databases![
    a_fax_whose_link_expired_before_it_was_fetched_arrives_all_the_same,
    a_fax_whose_notice_has_no_link_that_works_is_fetched_by_a_fresh_one,
    a_link_that_failed_once_is_not_tried_before_a_fresh_one,
    the_key_is_shown_to_the_carriers_own_scheme_host_and_port_alone,
];

const PATH: &str = "/api/fax/webhook/telnyx/";

async fn house(db: TestDb) -> House {
    let house = House::start(db, |settings| {
        settings
            .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
            .with("RATE_LIMITS__LIST", "0")
    })
    .await;
    house.double.add_number(&format!("+1{DID}"));
    house
}

/// A fax of so many pages is at the carrier; gives its id.
async fn at_the_carrier(house: &House, pages: usize) -> String {
    let inbound = Inbound::new("+15557770000", &format!("+1{DID}"), pdf(pages));
    let fax = house.double.receive(inbound).await.unwrap();
    let is_there = |double: &TelnyxDouble| double.fax(&fax).unwrap()["status"] == "received";
    house.double.until(is_there).await;
    fax
}

/// Tells of a fax of one page, signed as the account does.
async fn tell(gateway: &Gateway, double: &TelnyxDouble, fax: &str, link: &Value) {
    let event = json!({"data": {
        "event_type": "fax.received", "id": format!("of-{fax}"), "record_type": "event",
        "occurred_at": "2025-08-24T10:30:00.5Z",
        "payload": {"fax_id": fax, "connection_id": "1", "direction": "inbound", "from": "+15557770000",
            "to": format!("+1{DID}"), "status": "received", "page_count": 1, "media_url": link},
    }});
    let body = event.to_string();
    let at = Ambient::system().now().unix_seconds().to_string();
    let signature = double.sign(&at, body.as_bytes());
    let ask = gateway.ask("POST", PATH).header("telnyx-timestamp", &at);
    let ask = ask.header("telnyx-signature-ed25519", &signature);
    let answer = ask.body(body.as_bytes()).send().await;
    assert_eq!(answer.status, 200, "{link}: {}", answer.text());
}

/// The faxes that came in, once there are so many.
async fn received(gateway: &Gateway, token: &str, count: usize) -> Vec<Value> {
    eventually("the faxes are in the list", DEADLINE, async || {
        let ask = gateway.ask("GET", "/api/fax/list/?direction=inbound&limit=100");
        let body = ask.token(token).send().await.expect(200);
        let faxes = body["results"].as_array().unwrap().clone();
        assert!(
            faxes.iter().all(|fax| fax["status"] == "received"),
            "{faxes:?}"
        );
        (faxes.len() == count).then_some(faxes)
    })
    .await
}

/// The requests for a fresh link.
fn refreshed(double: &TelnyxDouble) -> usize {
    let requests = double.requests();
    let is_one = |target: &str| target.ends_with("/actions/refresh");
    requests.iter().filter(|one| is_one(&one.target)).count()
}

async fn a_fax_whose_link_expired_before_it_was_fetched_arrives_all_the_same(db: TestDb) {
    let house = house(db).await;
    let webhooks = format!("http://{}{PATH}", house.gateway.address());
    house.double.set_webhook_urls(Some(&webhooks), None);
    let hold = true;
    house.double.policy(Policy {
        hold,
        ..Policy::default()
    });
    at_the_carrier(&house, 2).await;
    house.double.expire_links();
    house.double.release();
    let faxes = received(&house.gateway, &house.token, 1).await;
    assert_eq!(faxes[0]["pages"], 2, "{faxes:?}");
    assert_eq!(refreshed(&house.double), 1);
}

async fn a_fax_whose_notice_has_no_link_that_works_is_fetched_by_a_fresh_one(db: TestDb) {
    let house = house(db).await;
    let store = MockServer::start().await;
    for status in [400, 401, 403, 404, 410, 451, 500] {
        Mock::given(path(format!("/{status}.pdf")))
            .respond_with(ResponseTemplate::new(status))
            .mount(&store)
            .await;
    }
    let mut links = vec![
        Value::Null,
        json!(""),
        json!(format!("https://example.com/{}", "x".repeat(9000))),
        json!(format!("{}/\u{7}.pdf", store.uri())),
        json!("no link at all"),
        // No resolver takes a label of more than 63 letters, so none is asked.
        json!(format!("http://{}.example.com/1.pdf", "x".repeat(64))),
    ];
    for status in [400, 401, 403, 404, 410, 451, 500] {
        links.push(json!(format!("{}/{status}.pdf", store.uri())));
    }
    for link in &links {
        let fax = at_the_carrier(&house, 1).await;
        tell(&house.gateway, &house.double, &fax, link).await;
    }
    received(&house.gateway, &house.token, links.len()).await;
    assert_eq!(refreshed(&house.double), links.len());
}

async fn a_link_that_failed_once_is_not_tried_before_a_fresh_one(db: TestDb) {
    let house = house(db).await;
    let store = MockServer::start().await;
    let refused = Trouble::Refused {
        status: 422,
        code: None,
    };
    house
        .double
        .inject(Fault::new(refused).on("POST /v2/faxes/*"));
    let fax = at_the_carrier(&house, 1).await;
    let link = json!(format!("{}/1.pdf", store.uri()));
    tell(&house.gateway, &house.double, &fax, &link).await;
    received(&house.gateway, &house.token, 1).await;
    assert_eq!(store.received_requests().await.unwrap().len(), 1);
    assert_eq!(refreshed(&house.double), 2);
}

async fn the_key_is_shown_to_the_carriers_own_scheme_host_and_port_alone(db: TestDb) {
    let double = TelnyxDouble::start(faxgate_simulator::telnyx::Options::new(loopback()))
        .await
        .unwrap();
    let (carrier, store) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .and(path("/v2/faxes/f1/media"))
        .and(header("Authorization", "Bearer KEY_of_the_test"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(pdf(1)))
        .mount(&carrier)
        .await;
    Mock::given(method("GET"))
        .and(path("/v2/faxes/f2/media"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(pdf(1)))
        .mount(&store)
        .await;
    let base = format!("{}/v2", carrier.uri());
    let account = |settings: Settings| {
        settings
            .with("TELNYX__BASE_URL", &base)
            .with("TELNYX__API_KEY", "KEY_of_the_test")
            .with("TELNYX__CONNECTION_ID", double.connection_id())
            .with("TELNYX__PUBLIC_KEY", &double.public_key())
            .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
    };
    let gateway = Gateway::start(db, "all", account).await;
    let token = gateway.sign_in().await;
    // The same host; only the port is another.
    for (fax, server) in [("f1", &carrier), ("f2", &store)] {
        let link = json!(format!("{}/v2/faxes/{fax}/media", server.uri()));
        tell(&gateway, &double, fax, &link).await;
    }
    received(&gateway, &token, 2).await;
    let asked = store.received_requests().await.unwrap();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].headers.contains_key("authorization"), "{asked:?}");
}
