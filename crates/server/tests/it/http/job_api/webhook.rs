//! `POST /v1/webhooks/telnyx`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::refused;
use crate::under_test::{Answer, Gateway, Rows};

on_both_databases![
    an_event_is_stored_once_and_acknowledged_as_in_the_example,
    what_is_not_signed_is_400_as_in_the_example,
    without_a_key_the_webhook_is_off,
];

const PATH: &str = "/v1/webhooks/telnyx";
const OTHER_PATH: &str = "/api/fax/webhook/telnyx/";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

async fn gateway(db: TestDb) -> Gateway {
    let public = STANDARD.encode(key().verifying_key());
    Gateway::start(db, "api", |s| s.with("TELNYX__PUBLIC_KEY", &public)).await
}

async fn send(gateway: &Gateway, path: &str, at: i64, body: &str) -> Answer {
    let signature = key().sign(format!("{at}|{body}").as_bytes());
    let ask = gateway.ask("POST", path);
    let ask = ask.header("telnyx-timestamp", &at.to_string());
    let signature = STANDARD.encode(signature.to_bytes());
    let ask = ask.header("telnyx-signature-ed25519", &signature);
    ask.text(body).send().await
}

fn event(id: &str) -> Value {
    json!({"data": {
        "id": id, "event_type": "fax.queued", "record_type": "event", "occurred_at": "2026-02-12T10:00:00Z",
        "payload": {"fax_id": "f72eebbe", "direction": "outbound", "status": "queued"},
    }})
}

async fn an_event_is_stored_once_and_acknowledged_as_in_the_example(db: TestDb) {
    let gateway = gateway(db).await;
    let now = Rows::now().unix_seconds();
    let body = event("evt-1").to_string();
    let first = send(&gateway, PATH, now, &body).await.expect(200);
    let expected = json!({"ok": true, "duplicate": false, "ignored": false, "message": null});
    assert_eq!(first, expected);
    let known = json!({"ok": true, "duplicate": true, "ignored": false, "message": "Duplicate Telnyx event ignored"});
    for _ in 0..2 {
        let again = send(&gateway, PATH, now, &body).await;
        assert_eq!(again.expect(200), known);
    }
    // It is one webhook, whichever path Telnyx was told.
    let other = event("evt-2").to_string();
    assert_eq!(send(&gateway, OTHER_PATH, now, &other).await.status, 200);
    assert_eq!(send(&gateway, PATH, now, &other).await.expect(200), known);
}

async fn what_is_not_signed_is_400_as_in_the_example(db: TestDb) {
    let gateway = gateway(db).await;
    let now = Rows::now().unix_seconds();
    let body = event("evt-1").to_string();
    let bare = gateway.ask("POST", PATH).text(&body).send().await;
    refused(&bare, 400, "Missing Telnyx signature headers");
    let stale = send(&gateway, PATH, now - 301, &body).await;
    refused(&stale, 400, "Invalid Telnyx webhook signature");
    let signature = STANDARD.encode(key().sign(b"something else").to_bytes());
    let forged = gateway.ask("POST", PATH);
    let forged = forged.header("telnyx-timestamp", &now.to_string());
    let forged = forged.header("telnyx-signature-ed25519", &signature);
    refused(
        &forged.text(&body).send().await,
        400,
        "Invalid Telnyx webhook signature",
    );
    for wrong in ["{", "{}", r#"{"data":{"event_type":"fax.queued"}}"#] {
        refused(&send(&gateway, PATH, now, wrong).await, 400, "");
    }
    // None of them has used the event's id up.
    let good = send(&gateway, PATH, now, &body).await.expect(200);
    assert_eq!(good["duplicate"], false);
}

async fn without_a_key_the_webhook_is_off(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let body = event("evt-1").to_string();
    let answer = send(&gateway, PATH, Rows::now().unix_seconds(), &body).await;
    refused(&answer, 403, "FAXGATE_TELNYX__PUBLIC_KEY");
}
