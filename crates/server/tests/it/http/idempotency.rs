//! `Idempotency-Key`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use crate::under_test::{Answer, DID, Gateway, Rows};

on_both_databases![
    the_same_key_with_the_same_request_is_one_fax,
    twenty_requests_at_once_are_one_fax,
    the_same_key_with_another_request_is_409,
    a_key_that_is_none_is_400,
    a_request_that_was_refused_does_not_use_its_key_up,
];

async fn send(gateway: &Gateway, token: &str, key: &str, body: &Value) -> Answer {
    let ask = gateway.ask("POST", "/api/fax/send/").token(token);
    ask.header("Idempotency-Key", key).json(body).send().await
}

async fn request(gateway: &Gateway, token: &str) -> Value {
    let filename = gateway.upload(token, 1).await;
    json!({"username": DID, "filename": filename, "numbers": "5559876543"})
}

async fn the_same_key_with_the_same_request_is_one_fax(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    let first = send(&gateway, &token, "key-1", &body).await;
    first.expect(200);
    for _ in 0..3 {
        let again = send(&gateway, &token, "key-1", &body).await;
        again.expect(200);
        assert_eq!(again.text(), first.text());
    }
    assert_eq!(gateway.count(&token).await, 1);
    let other = send(&gateway, &token, "key-2", &body).await;
    assert_ne!(other.expect(200)["uuid"], first.json()["uuid"]);
    // Keys are a user's own.
    let member = gateway.member("default", "member", "member").await;
    let theirs = send(&gateway, &member, "key-1", &body).await;
    assert_ne!(theirs.expect(200)["uuid"], first.json()["uuid"]);
}

async fn twenty_requests_at_once_are_one_fax(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    let all: Vec<_> = (0..20)
        .map(|_| {
            gateway
                .ask("POST", "/api/fax/send/")
                .token(&token)
                .header("Idempotency-Key", "at-once")
                .json(&body)
        })
        .map(|ask| tokio::spawn(ask.send()))
        .collect();
    let mut uuids = Vec::new();
    for one in all {
        uuids.push(one.await.unwrap().expect(200)["uuid"].clone());
    }
    uuids.dedup();
    assert_eq!(uuids.len(), 1);
    assert_eq!(gateway.count(&token).await, 1);
}

async fn the_same_key_with_another_request_is_409(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    rows.node("simulator", Duration::ZERO).await;
    let token = gateway.sign_in().await;
    let mut body = request(&gateway, &token).await;
    send(&gateway, &token, "key-1", &body).await.expect(200);
    // The same request, but only to the simulator: not the same.
    let rehearsal = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .header("Idempotency-Key", "key-1");
    let answer = rehearsal
        .header("X-Test-Mode", "true")
        .json(&body)
        .send()
        .await;
    answer.refused(409, "IDEMPOTENCY_KEY_REUSED", "new key");
    body["numbers"] = json!("5555551234");
    send(&gateway, &token, "key-1", &body)
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "new key");
    assert_eq!(gateway.count(&token).await, 1);
}

async fn a_key_that_is_none_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    for key in ["", "two words", "schlüssel", &"k".repeat(256)] {
        let answer = send(&gateway, &token, key, &body).await;
        answer.refused(400, "BAD_HEADER", "1 to 255 visible ASCII characters");
        assert!(answer.json()["details"]["Idempotency-Key"].is_array());
    }
    assert_eq!(gateway.count(&token).await, 0);
}

async fn a_request_that_was_refused_does_not_use_its_key_up(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let good = request(&gateway, &token).await;
    let mut bad = good.clone();
    bad["numbers"] = json!("911");
    send(&gateway, &token, "key-1", &bad)
        .await
        .refused(400, "INVALID_NUMBER", "911");
    send(&gateway, &token, "key-1", &good).await.expect(200);
    assert_eq!(gateway.count(&token).await, 1);
}
