//! `X-Test-Mode`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway, Rows};

on_both_databases![
    a_test_fax_says_that_it_is_simulated,
    the_test_numbers_end_as_documented,
    a_mistyped_test_mode_is_refused,
    an_api_takes_test_faxes_only_while_some_node_sends_them,
];

async fn a_test_fax_says_that_it_is_simulated(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5559876543"});
    let ask = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .header("X-Test-Mode", "true");
    let sent = ask.json(&body).send().await.expect(200);
    assert_eq!(sent["simulated"], true);
    let status = gateway
        .until(&token, sent["uuid"].as_str().unwrap(), "sent")
        .await;
    assert_eq!(status["simulated"], true);
    // Without the header there is no such key.
    let plain = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&body)
        .send()
        .await;
    assert!(plain.expect(200).get("simulated").is_none());
}

async fn the_test_numbers_end_as_documented(db: TestDb) {
    let gateway = Gateway::start(db, "all", |settings| {
        settings
            .with("RETRY__BUSY_TRIES", "1")
            .with("RETRY__NO_ANSWER_TRIES", "1")
    })
    .await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    for (number, end, why) in [
        ("5550001111", "sent", ""),
        ("5550002222", "failed", "busy"),
        ("5550003333", "failed", "answer"),
        ("5550004444", "failed", "not in service"),
    ] {
        let body = json!({"username": DID, "filename": filename, "numbers": number});
        let ask = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .header("X-Test-Mode", "true");
        let sent = ask.json(&body).send().await.expect(200);
        let status = gateway
            .until(&token, sent["uuid"].as_str().unwrap(), end)
            .await;
        let error = status
            .get("error")
            .and_then(|error| error.as_str())
            .unwrap_or_default();
        assert!(error.contains(why), "{number}: {status}");
        assert_eq!(error.is_empty(), why.is_empty(), "{number}: {status}");
    }
}

async fn a_mistyped_test_mode_is_refused(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5559876543"});
    for value in ["ture", "yes", ""] {
        let ask = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .header("X-Test-Mode", value);
        ask.json(&body)
            .send()
            .await
            .refused(400, "BAD_HEADER", "X-Test-Mode");
    }
    assert_eq!(gateway.count(&token).await, 0);
}

async fn an_api_takes_test_faxes_only_while_some_node_sends_them(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5559876543"});
    let send = async || {
        let ask = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .header("X-Test-Mode", "true");
        ask.json(&body).send().await
    };
    let refused = send().await;
    refused.refused(503, "TEST_MODE_UNAVAILABLE", "simulator");
    assert!(!refused.header("Retry-After").is_empty());
    rows.node("east simulator", Duration::from_secs(600)).await;
    send()
        .await
        .refused(503, "TEST_MODE_UNAVAILABLE", "simulator");
    rows.node("east", Duration::ZERO).await;
    send()
        .await
        .refused(503, "TEST_MODE_UNAVAILABLE", "simulator");
    rows.node("east simulator", Duration::ZERO).await;
    assert_eq!(send().await.expect(200)["simulated"], true);
}
