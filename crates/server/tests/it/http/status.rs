//! `/api/fax/status/{uuid}/`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway};

on_both_databases![
    the_documented_keys_come_in_the_documented_order,
    what_is_no_transaction_is_404,
];

async fn the_documented_keys_come_in_the_documented_order(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543").await;
    let body = gateway.until(&token, &uuid, "sent").await;
    let answer = gateway
        .ask("GET", &format!("/api/fax/status/{uuid}/"))
        .token(&token)
        .send()
        .await;
    assert_in_order(
        answer.text(),
        &[
            "uuid",
            "direction",
            "status",
            "sender_number",
            "recipient_number",
            "pages",
            "duration",
            "created_at",
            "updated_at",
            "queue_items",
            "recipient",
            "attempts",
            "is_processed",
            "processed_at",
            "timeline",
        ],
    );
    assert_eq!(body["uuid"], uuid.as_str());
    assert_eq!(body["sender_number"], DID);
    assert_eq!(body["recipient_number"], "5559876543");
    for time in [
        &body["created_at"],
        &body["updated_at"],
        &body["queue_items"][0]["processed_at"],
    ] {
        let time = time.as_str().unwrap();
        assert!(
            time.len() == 20 && time.ends_with('Z') && &time[10..11] == "T",
            "{time}"
        );
    }
    assert_eq!(body["queue_items"][0]["recipient"], "5559876543");
    assert_eq!(body["timeline"][0]["kind"], "fax.queued");
}

/// Checks that the keys stand in the JSON text one after the other.
fn assert_in_order(text: &str, keys: &[&str]) {
    let mut rest = text;
    for key in keys {
        let quoted = format!("\"{key}\":");
        let at = rest.find(&quoted);
        assert!(at.is_some(), "{key} in {text}");
        rest = &rest[at.unwrap() + quoted.len()..];
    }
}

async fn what_is_no_transaction_is_404(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for uuid in [
        "3bca1e12-f50e-4bc2-a667-c67956c051b0",
        "nonsense",
        "%00",
        "..%2f..",
        "%F0%28",
    ] {
        let answer = gateway
            .ask("GET", &format!("/api/fax/status/{uuid}/"))
            .token(&token)
            .send()
            .await;
        answer.refused(404, "NOT_FOUND", "");
        assert_eq!(answer.json()["error"], json!("Transaction not found"));
    }
}
