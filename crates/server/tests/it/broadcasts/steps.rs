//! Pausing, resuming, canceling, retrying.

use faxgate_test_support::{Raw, TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{Desk, numbers};
use crate::under_test::Gateway;

on_both_databases![
    what_is_paused_waits_and_what_is_resumed_goes_on,
    a_canceled_broadcast_ends_with_all_its_faxes,
    those_who_were_not_reached_get_a_broadcast_of_their_own,
];

/// Calls that the gateway's own simulator was told to place.
fn placed(gateway: &Gateway) -> usize {
    let log = gateway.folder().join("simulator/calls.jsonl");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    log.lines()
        .filter(|line| line.contains("\"placed\""))
        .count()
}

async fn what_is_paused_waits_and_what_is_resumed_goes_on(db: TestDb) {
    let mut desk = Desk::quiet(db).await;
    let id = desk
        .broadcast(json!({"numbers": numbers(400), "start": true}))
        .await;
    desk.until(&id, "all are made", |b| b["counts"]["queued"] == 400)
        .await;
    let paused = desk
        .tell("POST", &format!("/broadcasts/{id}/pause"), &json!({}))
        .await
        .expect(200);
    assert_eq!(paused["data"]["status"], "paused");
    desk.tell("POST", &format!("/broadcasts/{id}/pause"), &json!({}))
        .await
        .refused(409, "BROADCAST_STATE", "paused");
    desk.gateway.kill().await;
    desk.gateway.start_again("all", |settings| settings).await;
    desk.at_any_hour().await;
    let fax = desk.recipients(&id, "queued").await[0]["fax"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.gateway
        .until_waits_for(&desk.token, &fax, "paused")
        .await;
    // Another fax goes out past them.
    let other = desk.gateway.fax(&desk.token, "3125550100").await;
    desk.gateway.until(&desk.token, &other, "sent").await;
    assert_eq!(placed(&desk.gateway), 1);
    assert_eq!(desk.look(&id).await["counts"]["queued"], 400);
    let resumed = desk
        .tell("POST", &format!("/broadcasts/{id}/resume"), &json!({}))
        .await
        .expect(200);
    assert_eq!(resumed["data"]["status"], "running");
    let over = desk
        .until(&id, "it is over", |b| b["status"] == "completed")
        .await;
    assert_eq!(over["counts"]["sent"], 400);
    assert!(over["finished_at"].is_string());
    assert_eq!(placed(&desk.gateway), 401);
}

async fn a_canceled_broadcast_ends_with_all_its_faxes(db: TestDb) {
    let desk = Desk::quiet(db).await;
    let id = desk
        .broadcast(json!({"numbers": numbers(600), "start": true}))
        .await;
    let some = |b: &Value| b["counts"]["queued"].as_i64().unwrap() >= 250;
    desk.until(&id, "some are made", some).await;
    desk.tell("POST", &format!("/broadcasts/{id}/cancel"), &json!({}))
        .await
        .expect(200);
    let over = desk
        .until(&id, "all are canceled", |b| b["counts"]["canceled"] == 600)
        .await;
    assert_eq!(over["status"], "canceled");
    let fax = desk.recipients(&id, "canceled").await[0]["fax"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        desk.gateway.status(&desk.token, &fax).await["status"],
        "canceled"
    );
    desk.tell("POST", &format!("/broadcasts/{id}/cancel"), &json!({}))
        .await
        .refused(409, "BROADCAST_STATE", "nothing left");
    desk.tell("POST", &format!("/broadcasts/{id}/retry"), &json!({}))
        .await
        .refused(409, "NOTHING_TO_RETRY", "");
}

async fn those_who_were_not_reached_get_a_broadcast_of_their_own(db: TestDb) {
    let raw = Raw::of(&db);
    let desk = Desk::whole(db).await;
    // The last is unallocated: permanent at once.
    let id = desk
        .broadcast(json!({"numbers": ["3125550101", "5550004444"], "start": true}))
        .await;
    desk.tell("POST", &format!("/broadcasts/{id}/retry"), &json!({}))
        .await
        .refused(409, "BROADCAST_STATE", "wait for its end");
    let over = desk
        .until(&id, "it is over", |b| b["status"] == "completed")
        .await;
    assert_eq!(
        (&over["counts"]["sent"], &over["counts"]["failed"]),
        (&json!(1), &json!(1))
    );
    let failed = desk.recipients(&id, "failed").await;
    assert!(failed[0]["reason"].is_string());
    let again = desk
        .tell("POST", &format!("/broadcasts/{id}/retry"), &json!({}))
        .await
        .expect(201);
    let again = again["data"].clone();
    assert_eq!(
        (&again["retry_of"], &again["counts"]["total"]),
        (&json!(id), &json!(1))
    );
    let again = again["id"].as_str().unwrap();
    let over = desk
        .until(again, "it is over", |b| b["status"] == "completed")
        .await;
    assert_eq!(over["counts"]["failed"], 1);
    raw.execute("UPDATE documents SET removed_at = created_at")
        .await;
    desk.tell("POST", &format!("/broadcasts/{again}/retry"), &json!({}))
        .await
        .refused(409, "DOCUMENT_GONE", "make a new broadcast");
}
