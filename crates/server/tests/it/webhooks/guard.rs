//! Addresses that nobody is to be sent to.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::json;

use super::{Desk, Receiver, WEBHOOKS};
use crate::under_test::Gateway;

on_both_databases!(
    no_endpoint_is_made_at_an_address_that_is_not_public,
    a_name_that_leads_inside_is_never_connected_to,
);

const INSIDE: &[&str] = &[
    "https://127.0.0.1/x",
    "https://10.0.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::a00:1]/x",
    "https://[2002:a00:1::]/x",
    "https://[fd00:ec2::254]/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://user:secret@example.com/x",
    "https://example.com:25/x",
    "ftp://example.com/x",
    "http://example.com/x",
    "example.com",
    "https://",
];

async fn no_endpoint_is_made_at_an_address_that_is_not_public(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for url in INSIDE {
        let ask = gateway.ask("POST", WEBHOOKS).token(&token);
        let answer = ask.json(&json!({"url": url})).send().await;
        answer.refused(400, "INVALID_FIELDS", "url");
    }
    let listed = gateway.ask("GET", WEBHOOKS).token(&token).send().await;
    assert_eq!(listed.expect(200)["meta"]["paging"]["total"], 0);
    let good = json!({"url": "https://example.com/x"});
    let ask = gateway.ask("POST", WEBHOOKS).token(&token);
    let made = ask.json(&good).send().await.expect(201);
    let path = format!("{WEBHOOKS}/{}", made["data"]["id"].as_str().unwrap());
    for url in INSIDE {
        let ask = gateway.ask("PATCH", &path).token(&token);
        let answer = ask.json(&json!({"url": url})).send().await;
        answer.refused(400, "INVALID_FIELDS", "url");
    }
}

async fn a_name_that_leads_inside_is_never_connected_to(db: TestDb) {
    let desk = Desk::with(db, |settings| {
        settings
            .without("OUTBOUND__ALLOW_NETS")
            .with("WEBHOOKS_OUT__RETRY_SECONDS", "0")
    })
    .await;
    let inside = Receiver::start().await;
    // Nothing can be said against the name where it is given.
    let body = json!({"url": format!("http://localhost:{}/x", inside.port()), "event_types": ["number.*"]});
    let made = desk.tell("POST", "", &body).await.expect(201);
    let id = made["data"]["id"].as_str().unwrap();
    let test = format!("/{id}/test");
    let tried = desk.tell("POST", &test, &json!({})).await.expect(200);
    assert_eq!(tried["data"]["status"], "failed");
    let error = tried["data"]["attempt"]["error"].as_str().unwrap();
    assert!(error.contains("public address"), "{error}");
    desk.happen(1).await;
    eventually("the event is to be delivered", DEADLINE, async || {
        (desk.deliveries(id).await.len() == 2).then_some(())
    })
    .await;
    let newest = desk.newest_is(id, "failed").await;
    assert_eq!(newest["attempts"], 2);
    assert_eq!(inside.connections(), 0);
}
