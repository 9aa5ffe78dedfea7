//! `faxgate held`

use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::ItemState;

use crate::under_test::{DID, Gateway, Rows};

on_both_databases![
    a_held_fax_goes_on_where_it_was_not_confirmed,
    a_held_fax_is_closed_by_whoever_knows,
    what_is_not_held_cannot_be_decided,
];

const LOST: &str = "FreeSWITCH was lost during the call";

/// A fax of three pages to these numbers, held with one page confirmed.
async fn held(gateway: &Gateway, rows: &Rows, token: &str, numbers: &str) -> String {
    let filename = gateway.upload(token, 3).await;
    let body = serde_json::json!({"username": DID, "filename": filename, "numbers": numbers});
    let ask = gateway.ask("POST", "/api/fax/send/").token(token);
    let sent = ask.json(&body).send().await.expect(200);
    let uuid = sent["uuid"].as_str().unwrap().to_owned();
    rows.make_ready(&uuid).await;
    rows.change(&uuid, ItemState::Held, |_, change| {
        change.confirmed_pages = 1;
        change.error = Some(LOST.to_owned());
    })
    .await;
    uuid
}

async fn a_held_fax_goes_on_where_it_was_not_confirmed(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let uuid = held(&gateway, &rows, &token, "5559876543,5555551234").await;
    let body = gateway.status(&token, &uuid).await;
    assert_eq!(body["waiting_for"]["code"], "held");
    let message = body["waiting_for"]["message"].as_str().unwrap();
    assert!(
        message.contains(LOST) && message.contains("Ask the recipient"),
        "{message}"
    );

    let listed = gateway
        .manage(&["held", "list", "--tenant", "default"], "")
        .await;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    for line in listed.lines() {
        assert!(line.starts_with(&format!("default\t{uuid}\t")), "{line}");
        assert!(
            line.contains("1 of 3 pages confirmed") && line.ends_with(LOST),
            "{line}"
        );
    }

    let one = [
        "held",
        "resend",
        &uuid,
        "--recipient",
        "+15555551234",
        "--by",
        "Alice",
    ];
    assert!(
        gateway
            .manage(&one, "")
            .await
            .ends_with("5555551234\tback in the queue")
    );
    let all = ["held", "resend", &uuid, "--all-pages"];
    gateway.manage(&all, "").await;
    let body = gateway.status(&token, &uuid).await;
    let items = body["queue_items"].as_array().unwrap();
    let pages: Vec<_> = items
        .iter()
        .map(|item| item["pages_sent"].as_u64())
        .collect();
    assert_eq!(pages, [Some(0), Some(1)]);
    assert!(
        items.iter().all(|item| item["status"] == "queued"),
        "{body}"
    );
    assert!(body.get("error").is_none(), "{body}");
    let told: Vec<_> = body["timeline"].as_array().unwrap().iter().collect();
    let resent: Vec<_> = told
        .iter()
        .filter(|e| e["kind"] == "recipient.resent")
        .collect();
    assert_eq!(
        resent[0]["text"],
        "Alice decided to send it again, from page 2 (unconfirmed, so it may arrive twice)"
    );
    assert_eq!(resent[0]["recipient"], "5555551234");
    assert!(
        resent[1]["text"]
            .as_str()
            .unwrap()
            .ends_with("every page, which may arrive twice")
    );
    assert!(gateway.manage(&["held", "list"], "").await.is_empty());
}

async fn a_held_fax_is_closed_by_whoever_knows(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let arrived = held(&gateway, &rows, &token, "5559876543").await;
    let lost = held(&gateway, &rows, &token, "5555551234").await;
    gateway
        .manage(
            &["held", "close", &arrived, "--as", "sent", "--by", "Bob"],
            "",
        )
        .await;
    gateway
        .manage(
            &["held", "close", &lost, "--as", "failed", "--by", "Bob"],
            "",
        )
        .await;
    let body = gateway.status(&token, &arrived).await;
    assert_eq!(body["status"], "sent");
    // No machine confirmed them.
    assert_eq!(body["queue_items"][0]["pages_sent"], 1);
    assert!(body["queue_items"][0]["processed_at"].is_string());
    let body = gateway.status(&token, &lost).await;
    assert_eq!(body["status"], "failed");
    assert_eq!(
        body["error"],
        "given up by Bob: nobody knew whether it had arrived"
    );
}

async fn what_is_not_held_cannot_be_decided(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let uuid = held(&gateway, &rows, &token, "5559876543").await;
    let other = ["held", "resend", &uuid, "--recipient", "5550000000"];
    assert!(
        gateway
            .refuses(&other)
            .await
            .contains("no recipient of fax")
    );
    gateway
        .manage(&["held", "close", &uuid, "--as", "sent"], "")
        .await;
    let again = gateway.refuses(&["held", "resend", &uuid]).await;
    assert!(again.contains("no recipient of fax"), "{again}");
    let nowhere = ["held", "resend", "3bca1e12-f50e-4bc2-a667-c67956c051b0"];
    assert!(gateway.refuses(&nowhere).await.contains("there is no fax"));
    assert!(
        gateway
            .refuses(&["held", "list", "--tenant", "nobody"])
            .await
            .contains("no tenant")
    );
    assert_eq!(gateway.status(&token, &uuid).await["status"], "sent");
}
