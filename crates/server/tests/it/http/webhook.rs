//! `/api/fax/webhook/inbound/`

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use crate::under_test::{DID, Gateway, WEBHOOK_SECRET, form, tiff};

on_both_databases![
    both_documented_bodies_are_accepted,
    a_fax_in_the_spool_folder_reaches_its_tenant_once,
    a_fax_that_comes_with_its_notice_reaches_its_tenant,
    a_partial_fax_is_kept_and_flagged,
    a_forged_or_missing_signature_is_401,
    without_a_secret_the_webhook_is_off_and_names_the_setting,
    unsigned_notices_are_taken_from_this_machine_where_allowed,
    a_notice_that_makes_no_sense_is_400,
    a_path_out_of_the_spool_folder_is_400,
    a_body_beyond_the_limit_is_413,
];

const PATH: &str = "/api/fax/webhook/inbound/";

/// A notice of one page for the first number, without a file.
fn notice(uuid: &str) -> Value {
    json!({
        "event": "fax.received", "uuid": uuid, "from": "+15557770000", "to": format!("+1{DID}"), "pages": 2,
        "duration": 30, "file_path": null, "timestamp": "2025-08-24T10:30:00Z",
    })
}

async fn tell(gateway: &Gateway, body: &Value) {
    let body = body.to_string();
    let ask = gateway
        .ask("POST", PATH)
        .header("Content-Type", "application/json");
    let answer = ask.signed(body.as_bytes()).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.text(),
        r#"{"status":"accepted","message":"Fax received and queued for processing"}"#
    );
}

/// The one inbound fax of the tenant, once it is there.
async fn inbound(gateway: &Gateway, token: &str, status: &str) -> Value {
    eventually("the fax is in the list", DEADLINE, async || {
        let answer = gateway
            .ask("GET", "/api/fax/list/?direction=inbound")
            .token(token)
            .send()
            .await;
        let body = answer.expect(200);
        let fax = body["results"].get(0)?.clone();
        (body["count"] == 1 && fax["status"] == status).then_some(fax)
    })
    .await
}

async fn both_documented_bodies_are_accepted(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| {
        s.with("SIMULATOR__SPOOL_DIR", "/var/spool/fax")
    })
    .await;
    tell(&gateway, &json!({
        "event": "fax.received", "uuid": "abc123-def456", "from": "+15551234567", "to": "+15559876543", "pages": 2,
        "duration": 30, "file_path": "/var/spool/fax/rxfax/abc123.tif", "timestamp": "2025-08-24T10:30:00Z"
    }))
    .await;
    let telnyx = json!({"data": {
        "event_type": "fax.received", "id": "fax_123456", "connection_id": "conn_789", "from": "+15551234567",
        "to": "+15559876543", "status": "received", "page_count": 2,
        "media_url": "https://api.telnyx.com/v2/faxes/fax_123456/media", "created_at": "2025-08-24T10:30:00Z"
    }});
    tell(&gateway, &telnyx).await;
    tell(&gateway, &telnyx).await;
    let received = gateway.manage(&["inbound", "list"], "").await;
    assert_eq!(received.lines().count(), 2, "{received}");
}

async fn a_fax_in_the_spool_folder_reaches_its_tenant_once(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let folder = gateway.folder().join("simulator/rx");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("call-1.tif");
    std::fs::write(&path, tiff(2)).unwrap();
    let mut body = notice("call-1");
    body["file_path"] = json!(path);
    for _ in 0..3 {
        tell(&gateway, &body).await;
    }
    let fax = inbound(&gateway, &token, "received").await;
    assert_eq!(fax["sender_number"], "+15557770000");
    assert_eq!(fax["pages"], 2);
    assert!(fax.get("partial").is_none());
    let uuid = fax["uuid"].as_str().unwrap();
    let document = gateway
        .ask("GET", &format!("/api/fax/document/{uuid}/"))
        .token(&token)
        .send()
        .await;
    assert!(document.body.starts_with(b"%PDF"), "{document:?}");
    tell(&gateway, &body).await;
    assert_eq!(gateway.count(&token).await, 1);
    gateway
        .ask("POST", &format!("/api/fax/cancel/{uuid}/"))
        .token(&token)
        .send()
        .await
        .refused(409, "ALREADY_FINISHED", "received");
}

async fn a_fax_that_comes_with_its_notice_reaches_its_tenant(db: TestDb) {
    use sha2::{Digest as _, Sha256};
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let pages = tiff(2);
    let mut payload = notice("call-2");
    payload["file_sha256"] = json!(hex::encode(Sha256::digest(b"other bytes")));
    let file: (&str, &[u8]) = ("name=\"file\"; filename=\"call-2.tif\"", &pages);
    let send = |payload: &Value| {
        let body = form(&[("name=\"payload\"", payload.to_string().as_bytes()), file]);
        let ask = gateway
            .ask("POST", PATH)
            .header("Content-Type", "multipart/form-data; boundary=boundary");
        ask.signed(&body).send()
    };
    send(&payload)
        .await
        .refused(400, "CHECKSUM_MISMATCH", "again");
    payload["file_sha256"] = json!(hex::encode(Sha256::digest(&pages)));
    assert_eq!(send(&payload).await.expect(200)["status"], "accepted");
    let fax = inbound(&gateway, &token, "received").await;
    let uuid = fax["uuid"].as_str().unwrap();
    let document = gateway
        .ask("GET", &format!("/api/fax/document/{uuid}/?format=tiff"))
        .token(&token)
        .send()
        .await;
    assert!(document.body.starts_with(b"II*\0"), "{document:?}");
}

async fn a_partial_fax_is_kept_and_flagged(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let pages = tiff(1);
    let mut payload = notice("call-3");
    payload["event"] = json!("fax.failed");
    payload["pages"] = json!(1);
    let body = form(&[
        ("name=\"payload\"", payload.to_string().as_bytes()),
        ("name=\"file\"; filename=\"call-3.tif\"", &pages),
    ]);
    let ask = gateway
        .ask("POST", PATH)
        .header("Content-Type", "multipart/form-data; boundary=boundary");
    assert_eq!(ask.signed(&body).send().await.status, 200);
    let fax = eventually("the fax is in the list", DEADLINE, async || {
        let body = gateway
            .ask("GET", "/api/fax/list/?direction=inbound")
            .token(&token)
            .send()
            .await
            .expect(200);
        body["results"].get(0).cloned()
    })
    .await;
    assert_eq!(fax["partial"], true, "{fax}");
}

async fn a_forged_or_missing_signature_is_401(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let body = notice("call-4").to_string();
    let ask = || {
        gateway
            .ask("POST", PATH)
            .header("Content-Type", "application/json")
    };
    let answer = ask().body(body.as_bytes()).send().await;
    answer.refused(401, "MISSING_SIGNATURE", "X-Webhook-Signature");
    assert!(
        answer
            .header("WWW-Authenticate")
            .contains("X-Webhook-Signature")
    );
    for forged in [
        "0".repeat(64),
        format!("sha256={}", "0".repeat(64)),
        "nonsense".to_owned(),
        String::new(),
    ] {
        let answer = ask()
            .header("X-Webhook-Signature", &forged)
            .body(body.as_bytes())
            .send()
            .await;
        answer.refused(401, "INVALID_SIGNATURE", "HMAC-SHA256");
    }
    // A good signature, of other bytes.
    let other = format!("{body} ");
    let signature = signature(other.as_bytes());
    let answer = ask()
        .header("X-Webhook-Signature", &signature)
        .body(body.as_bytes())
        .send()
        .await;
    answer.refused(401, "INVALID_SIGNATURE", "HMAC-SHA256");
    // Nothing is stored, and the same body is taken when it is signed, with or without the prefix.
    assert_eq!(gateway.manage(&["inbound", "list"], "").await, "");
    let answer = ask()
        .header("X-Webhook-Signature", &format!("sha256={signature}"))
        .body(other.as_bytes())
        .send()
        .await;
    assert_eq!(answer.status, 200);
}

fn signature(body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mac = Hmac::<sha2::Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

async fn without_a_secret_the_webhook_is_off_and_names_the_setting(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.without("WEBHOOK__INBOUND_SECRET")).await;
    let body = notice("call-5").to_string();
    for ask in [
        gateway.ask("POST", PATH).text(&body),
        gateway.ask("POST", PATH).signed(body.as_bytes()),
    ] {
        ask.send()
            .await
            .refused(403, "WEBHOOK_DISABLED", "FAXGATE_WEBHOOK__INBOUND_SECRET");
    }
}

async fn unsigned_notices_are_taken_from_this_machine_where_allowed(db: TestDb) {
    let open = |s: crate::under_test::Settings| {
        s.without("WEBHOOK__INBOUND_SECRET")
            .with("WEBHOOK__ALLOW_UNSIGNED", "true")
    };
    let gateway = Gateway::start(db, "api", open).await;
    let ask = || {
        gateway
            .ask("POST", PATH)
            .text(&notice("call-6").to_string())
    };
    // Somebody else's, through a proxy on this machine.
    let proxied = ask().header("X-Forwarded-For", "127.0.0.1").send().await;
    proxied.refused(403, "WEBHOOK_DISABLED", "FAXGATE_WEBHOOK__INBOUND_SECRET");
    assert_eq!(ask().send().await.expect(200)["status"], "accepted");
}

async fn a_notice_that_makes_no_sense_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let mut wrong_event = notice("call-7");
    wrong_event["event"] = json!("fax.sent");
    let mut wrong_uuid = notice("call 7; DROP");
    wrong_uuid["pages"] = json!(1);
    for (body, code, hint) in [
        ("{".to_owned(), "INVALID_JSON", "line 1"),
        ("[]".to_owned(), "INVALID_JSON", "an array"),
        ("{}".to_owned(), "INVALID_NOTICE", "FreeSWITCH"),
        (json!({"event": "fax.received"}).to_string(), "INVALID_FIELDS", "uuid is required"),
        (wrong_event.to_string(), "INVALID_FIELDS", "fax.received or fax.failed"),
        (wrong_uuid.to_string(), "INVALID_NOTICE", "uuid"),
        (json!({"data": {"event_type": "fax.received"}}).to_string(), "INVALID_FIELDS", "data.id"),
        (
            json!({"data": {"event_type": "fax.received", "id": "f1", "to": "+1", "media_url": "file:///etc/passwd"}}).to_string(),
            "INVALID_MEDIA_URL",
            "",
        ),
        (
            json!({"data": {"event_type": "fax.received", "id": "f1", "to": "+1", "media_url": "http://127.0.0.1/x"}}).to_string(),
            "INVALID_MEDIA_URL",
            "",
        ),
    ] {
        let ask = gateway.ask("POST", PATH).header("Content-Type", "application/json");
        ask.signed(body.as_bytes()).send().await.refused(400, code, hint);
    }
    let ask = gateway
        .ask("POST", PATH)
        .header("Content-Type", "text/plain");
    ask.signed(b"hello")
        .send()
        .await
        .refused(400, "UNSUPPORTED_MEDIA_TYPE", "application/json");
    assert_eq!(gateway.manage(&["inbound", "list"], "").await, "");
}

async fn a_path_out_of_the_spool_folder_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let spool = gateway.folder().join("simulator");
    std::fs::create_dir_all(&spool).unwrap();
    let secret = gateway.folder().join("secret.tif");
    std::fs::write(&secret, tiff(1)).unwrap();
    std::os::unix::fs::symlink(&secret, spool.join("link.tif")).unwrap();
    std::os::unix::fs::symlink(gateway.folder(), spool.join("way-out")).unwrap();
    let spool = spool.display();
    for path in [
        format!("{spool}/../secret.tif"),
        format!("{spool}/rx/../../secret.tif"),
        format!("{spool}/link.tif"),
        format!("{spool}/way-out/secret.tif"),
        secret.display().to_string(),
        "/etc/passwd".to_owned(),
        "simulator/a.tif".to_owned(),
        spool.to_string(),
    ] {
        let mut body = notice("call-8");
        body["file_path"] = json!(path);
        let body = body.to_string();
        let ask = gateway
            .ask("POST", PATH)
            .header("Content-Type", "application/json");
        let answer = ask.signed(body.as_bytes()).send().await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        answer.refused(400, "INVALID_FILE_PATH", "file_path");
    }
    assert_eq!(gateway.manage(&["inbound", "list"], "").await, "");
}

async fn a_body_beyond_the_limit_is_413(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let large = vec![b' '; 1024 * 1024 + 1];
    let ask = gateway
        .ask("POST", PATH)
        .header("Content-Type", "application/json");
    ask.signed(&large)
        .send()
        .await
        .refused(413, "BODY_TOO_LARGE", "1048576");
}
