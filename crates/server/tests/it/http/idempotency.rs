//! `Idempotency-Key`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use crate::under_test::{Answer, Ask, DID, Gateway, Rows, USERNAME, pdf};

on_both_databases![
    the_same_key_with_the_same_request_is_one_fax,
    twenty_requests_at_once_are_one_fax,
    the_same_key_with_another_request_is_409,
    a_key_that_is_none_is_400,
    a_request_that_was_refused_does_not_use_its_key_up,
    an_answer_that_was_given_before_says_so,
    a_file_is_the_same_however_its_form_is_cut,
    every_post_that_does_something_gives_its_answer_again,
    what_is_under_way_is_409_until_it_is_done,
    a_process_that_was_killed_is_taken_over_after_its_lease,
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

const SEND: &str = "POST /api/fax/send";

async fn an_answer_that_was_given_before_says_so(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    let first = send(&gateway, &token, "key-1", &body).await;
    assert_eq!(
        (first.status, first.header("Idempotent-Replayed")),
        (200, "")
    );
    // The other name of the header, and the path without its slash: the same request.
    let again = gateway.ask("POST", "/api/fax/send").token(&token);
    let again = again.header("X-Idempotency-Key", "key-1").json(&body);
    let again = again.send().await;
    assert_eq!(
        (again.status, again.header("Idempotent-Replayed")),
        (200, "true")
    );
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("Content-Type"), first.header("Content-Type"));
    assert_ne!(again.header("X-Request-Id"), first.header("X-Request-Id"));
}

async fn a_file_is_the_same_however_its_form_is_cut(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let upload = async |path: &str, boundary: &str, name: &str, pages: usize| {
        let head = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        let mut form = format!("--{boundary}\r\n{head}\r\n\r\n").into_bytes();
        form.extend(pdf(pages));
        form.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let ask = gateway.ask("POST", path).token(&token);
        let ask = ask.header("Idempotency-Key", "file-1");
        ask.header("Content-Type", &kind).body(&form).send().await
    };
    for (path, status) in [("/api/fax/upload/", 201), ("/v1/uploads", 200)] {
        let first = upload(path, "one", "a.pdf", 1).await;
        first.expect(status);
        let again = upload(path, "another", "a.pdf", 1).await;
        assert_eq!(again.expect(status), first.json());
        assert_eq!(again.header("Idempotent-Replayed"), "true");
        for (name, pages) in [("b.pdf", 1), ("a.pdf", 2)] {
            let other = upload(path, "one", name, pages).await;
            assert_eq!(other.status, 409, "{}", other.text());
        }
        assert_eq!(again.header("Link").is_empty(), path != "/v1/uploads");
    }
}

async fn every_post_that_does_something_gives_its_answer_again(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let upload = gateway.ask("POST", "/v1/uploads").token(&token);
    let upload = upload.file("document.pdf", &pdf(1)).send().await;
    let document = upload.expect(200)["document_upload_id"].clone();
    let (fax, job) = (
        gateway.fax(&token, "5559876543").await,
        gateway.fax(&token, "5559876543").await,
    );
    for (path, body, status) in [
        (format!("/api/fax/cancel/{fax}/"), Value::Null, 200),
        (format!("/v1/fax/jobs/{job}/cancel"), Value::Null, 200),
        (
            "/v1/fax/jobs".to_owned(),
            json!({"document_upload_id": document, "destination_fax": "+13014001910"}),
            201,
        ),
        (
            "/phone_numbers".to_owned(),
            json!({"phone_number": "+13125550100"}),
            200,
        ),
    ] {
        let ask = || -> Ask {
            let ask = gateway.ask("POST", &path).token(&token);
            ask.header("Idempotency-Key", "once").json(&body)
        };
        let first = ask().send().await;
        assert_eq!(first.status, status, "{path}: {}", first.text());
        let again = ask().send().await;
        assert_eq!(again.status, status, "{path}: {}", again.text());
        assert_eq!(again.body, first.body, "{path}");
        assert_eq!(again.header("Idempotent-Replayed"), "true", "{path}");
    }
    // The key of one fax's cancellation is not that of another's.
    let other = gateway.fax(&token, "5559876543").await;
    let cancel = gateway.ask("POST", &format!("/api/fax/cancel/{other}/"));
    let cancel = cancel.token(&token).header("Idempotency-Key", "once");
    cancel
        .send()
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "new key");
}

async fn what_is_under_way_is_409_until_it_is_done(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    // So that there is a row, which is then as if its request were still being carried out.
    send(&gateway, &token, "key-1", &body).await.expect(200);
    rows.as_if_under_way(USERNAME, SEND, "key-1", Duration::from_secs(60))
        .await;
    let answer = send(&gateway, &token, "key-1", &body).await;
    answer.refused(409, "IDEMPOTENCY_IN_FLIGHT", "being carried out");
    assert!((1..=60).contains(&answer.number("Retry-After")));
    let mut other = body.clone();
    other["numbers"] = json!("5555551234");
    let answer = send(&gateway, &token, "key-1", &other).await;
    answer.refused(409, "IDEMPOTENCY_KEY_REUSED", "new key");
}

async fn a_process_that_was_killed_is_taken_over_after_its_lease(db: TestDb) {
    let rows = Rows::of(&db);
    let mut gateway = Gateway::start(db, "api", |s| s.with("TEST_FAILPOINT", "reserved")).await;
    let token = gateway.sign_in().await;
    let body = request(&gateway, &token).await;
    let ask = gateway.ask("POST", "/api/fax/send/").token(&token);
    let ask = ask.header("Idempotency-Key", "key-1").json(&body);
    let lost = tokio::spawn(ask.send()).await;
    assert!(lost.is_err(), "the process died in the middle of it");
    gateway
        .start_again("api", |s| s.without("TEST_FAILPOINT"))
        .await;
    let answer = send(&gateway, &token, "key-1", &body).await;
    answer.refused(409, "IDEMPOTENCY_IN_FLIGHT", "being carried out");
    rows.lease_ends(USERNAME, SEND, "key-1").await;
    let taken_over = send(&gateway, &token, "key-1", &body).await;
    taken_over.expect(200);
    assert_eq!(taken_over.header("Idempotent-Replayed"), "");
    let again = send(&gateway, &token, "key-1", &body).await;
    assert_eq!(again.body, taken_over.body);
    assert_eq!(gateway.count(&token).await, 1);
}
