//! What people see of records: the log, holds, and faxes whose time is over.

use faxgate_test_support::{DEADLINE, Raw, TestDb, eventually, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway};

on_both_databases![
    a_fax_whose_time_is_over_says_so_unless_a_hold_is_on_it,
    nothing_of_a_document_is_left_when_its_time_is_over,
];

async fn a_fax_whose_time_is_over_says_so_unless_a_hold_is_on_it(db: TestDb) {
    let raw = Raw::of(&db);
    let mut gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5550001111").await;
    gateway.until(&token, &uuid, "sent").await;
    let document = format!("/api/fax/document/{uuid}/");
    let pages = gateway.ask("GET", &document).token(&token).send().await;
    assert_eq!(pages.status, 200);

    let hold = json!({"reason": "Smith v. Acme", "fax_id": uuid});
    let ask = gateway.ask("POST", "/api/v1/legal-holds").token(&token);
    let placed = ask.json(&hold).send().await.expect(201);
    let hold = placed["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(placed["data"]["by_operator"], true);

    let long_ago = "2020-01-01T00:00:00.000000Z";
    raw.execute(&format!(
        "UPDATE faxes SET updated_at = '{long_ago}'; UPDATE documents SET created_at = '{long_ago}'"
    ))
    .await;
    // It goes at the beginning of a round, and the job at its end.
    raw.execute(&format!("INSERT INTO doomed_files (storage_key, doomed_at) VALUES ('t/pages/gone.tif', '{long_ago}')"))
        .await;
    gateway.kill().await;
    gateway.start_again("all", |settings| settings).await;
    let left = "SELECT storage_key AS line FROM doomed_files UNION SELECT kind FROM jobs WHERE kind = 'retain'";
    eventually("a round is over", DEADLINE, async || {
        raw.lines(left).await.is_empty().then_some(())
    })
    .await;
    let kept = gateway.ask("GET", &document).token(&token).send().await;
    assert_eq!(kept.status, 200, "a hold is on it");

    gateway.manage(&["tenant", "create", "other"], "").await;
    gateway.member("other", "engineer", "operator").await;
    let refused = gateway
        .refuses(&["tenant", "erase", "default", "--yes"])
        .await;
    assert!(refused.contains("legal hold"), "{refused}");
    let path = format!("/api/v1/legal-holds/{hold}");
    let lifted = gateway
        .ask("DELETE", &path)
        .token(&token)
        .send()
        .await
        .expect(200);
    assert!(lifted["data"]["lifted_at"].is_string());
    gateway.kill().await;
    gateway.start_again("all", |settings| settings).await;
    let gone = eventually("the pages are removed", DEADLINE, async || {
        let answer = gateway.ask("GET", &document).token(&token).send().await;
        (answer.status == 410).then_some(answer)
    })
    .await;
    gone.refused(410, "DOCUMENT_REMOVED", "removed on");
    // What happened is told still.
    assert_eq!(gateway.status(&token, &uuid).await["status"], "sent");

    let log = gateway
        .ask("GET", &format!("/api/v1/audit?object={uuid}"))
        .token(&token)
        .send()
        .await;
    let log = log.expect(200);
    let mut actions: Vec<&str> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    // As often as it was there to be read.
    actions.dedup();
    assert_eq!(actions, ["fax.document.read", "fax.submitted"]);
    assert_eq!(log["data"][0]["actor"]["name"], "admin");
    assert_eq!(log["data"][0]["address"], "127.0.0.1");

    let verified = gateway.manage(&["audit", "verify"], "").await;
    assert!(
        verified
            .lines()
            .all(|line| line.contains("\tok\t") && line.contains("\tsealed")),
        "{verified}"
    );
    let member = gateway.member("default", "mia", "member").await;
    let refused = gateway
        .ask("GET", "/api/v1/audit")
        .token(&member)
        .send()
        .await;
    refused.refused(403, "ROLE_FORBIDDEN", "administrator");
}

/// Neither the upload, nor its pages with a cover before them, nor those without; and what the cover said is told still.
async fn nothing_of_a_document_is_left_when_its_time_is_over(db: TestDb) {
    let raw = Raw::of(&db);
    let mut gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5550001111", "cover": {"subject": "Recall"}});
    let ask = gateway.ask("POST", "/api/fax/send/").token(&token);
    let sent = ask.json(&body).send().await.expect(200);
    let uuid = sent["uuid"].as_str().unwrap();
    gateway.until(&token, uuid, "sent").await;
    // With the cover and without.
    let pages = "SELECT storage_key AS line FROM renditions";
    assert_eq!(raw.lines(pages).await.len(), 2);
    raw.execute("UPDATE faxes SET updated_at = '2020-01-01T00:00:00.000000Z'")
        .await;
    gateway.kill().await;
    gateway.start_again("all", |settings| settings).await;
    let left = "SELECT storage_key AS line FROM doomed_files UNION SELECT storage_key FROM renditions \
                UNION SELECT storage_key FROM documents WHERE removed_at IS NULL UNION SELECT kind FROM jobs WHERE kind = 'retain'";
    eventually("all of it is gone", DEADLINE, async || {
        raw.lines(left).await.is_empty().then_some(())
    })
    .await;
    let body = gateway.status(&token, uuid).await;
    assert_eq!(body["cover"]["subject"], "Recall");
    let again = json!({"name": "x", "filename": filename, "from": DID});
    let ask = gateway.ask("POST", "/api/v1/broadcasts").token(&token);
    let refused = ask.json(&again).send().await;
    refused.refused(400, "FILE_REMOVED", "upload it again");
}
