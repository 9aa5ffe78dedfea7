//! `/api/fax/webhook/cdr/`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use crate::under_test::{Answer, CDR_PASSWORD, CDR_USERNAME, Gateway, placed_call};

on_both_databases![
    a_record_ends_the_call_that_it_is_about,
    every_form_that_json_cdr_sends_is_taken,
    records_of_other_calls_are_ignored,
    a_received_fax_comes_by_its_record,
    without_settings_the_webhook_is_off_and_names_them,
    wrong_credentials_are_401,
    what_is_no_record_is_400,
    a_body_beyond_the_limit_is_413,
];

const PATH: &str = "/api/fax/webhook/cdr/";
/// A machine that takes three minutes a page; three seconds at the simulator's pace.
const SLOW: &str = "5550009304";

fn record(call: &str) -> Value {
    json!({
        "core-uuid": "26d8b08e-9f0c-4a3d-8a0d-2d66a4dc0f39",
        "variables": {
            "uuid": call, "direction": "outbound", "hangup_cause": "NORMAL_CLEARING", "answer_epoch": "1763708400",
            "billsec": "41", "fax_success": "1", "fax_result_code": "0", "fax_result_text": "OK",
            "fax_document_transferred_pages": "1", "fax_document_total_pages": "1", "fax_transfer_rate": "14400",
            "fax_ecm_used": "on", "fax_t38_status": "negotiated", "fax_remote_station_id": "%2B1%20555",
        },
        "callflow": [],
    })
}

async fn tell(gateway: &Gateway, path: &str, media_type: &str, body: &str) -> Answer {
    let credentials = STANDARD.encode(format!("{CDR_USERNAME}:{CDR_PASSWORD}"));
    gateway
        .ask("POST", path)
        .header("Authorization", &format!("Basic {credentials}"))
        .header("Content-Type", media_type)
        .body(body.as_bytes())
        .send()
        .await
}

async fn taken_as(gateway: &Gateway, call: &str, body: &Value) -> String {
    let path = format!("{PATH}?uuid={call}");
    let answer = tell(gateway, &path, "application/json", &body.to_string()).await;
    answer.expect(200)["status"].as_str().unwrap().to_owned()
}

async fn a_record_ends_the_call_that_it_is_about(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let fax = gateway.fax(&token, SLOW).await;
    let call = placed_call(&gateway).await;
    assert_eq!(taken_as(&gateway, &call, &record(&call)).await, "accepted");
    let body = gateway.until(&token, &fax, "sent").await;
    let timeline = body["timeline"].to_string();
    assert!(timeline.contains("1 page confirmed"), "{timeline}");
    let told = gateway.log().join("\n");
    assert!(told.contains("settled from the CDR webhook"), "{told}");
    // The second one comes too late to change anything.
    let mut busy = record(&call);
    busy["variables"]["fax_success"] = json!("0");
    assert_eq!(taken_as(&gateway, &call, &busy).await, "ignored");
    assert_eq!(gateway.status(&token, &fax).await["status"], "sent");
}

async fn every_form_that_json_cdr_sends_is_taken(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    gateway.fax(&token, SLOW).await;
    let call = placed_call(&gateway).await;
    let text = record(&call).to_string();
    let form = "application/x-www-form-urlencoded";
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (media_type, body) in [
        ("application/json", text.clone()),
        (form, format!("cdr={encoded}")),
        (
            "application/x-www-form-base64-encoded",
            format!("cdr={}", STANDARD.encode(&text)),
        ),
        // With `disable-100-continue` FreeSWITCH loses its own media type.
        (form, text.clone()),
    ] {
        for path in [PATH.to_owned(), format!("{PATH}?uuid={call}")] {
            let answer = tell(&gateway, &path, media_type, &body).await;
            let status = answer.expect(200)["status"].as_str().unwrap().to_owned();
            assert!(
                ["accepted", "ignored"].contains(&status.as_str()),
                "{media_type}: {status}"
            );
        }
    }
}

async fn records_of_other_calls_are_ignored(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let call = "6d2d7c14-1d0c-4b2b-9f39-0f5d1d9f2f52";
    for _ in 0..2 {
        assert_eq!(taken_as(&gateway, call, &record(call)).await, "ignored");
    }
}

async fn a_received_fax_comes_by_its_record(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let call = "a5a7c2a0-6a2c-4c07-9a40-5d0f2b8e7d11";
    let folder = gateway.folder().join("simulator/rx");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{call}.tif"));
    std::fs::write(&path, crate::under_test::tiff(2)).unwrap();
    let mut told = record(call);
    told["variables"]["direction"] = json!("inbound");
    told["variables"]["faxgate_inbound"] = json!("true");
    told["variables"]["faxgate_did"] = json!(format!("%2B1{}", crate::under_test::DID));
    told["variables"]["fax_document_transferred_pages"] = json!("2");
    told["variables"]["fax_filename"] = json!(path);
    // Somebody else's disk: the inbound hook brings those pages.
    let mut elsewhere = told.clone();
    elsewhere["variables"]["fax_filename"] = json!("/nowhere/rx/a.tif");
    assert_eq!(taken_as(&gateway, call, &elsewhere).await, "ignored");
    for _ in 0..2 {
        assert_eq!(taken_as(&gateway, call, &told).await, "received");
    }
    let fax = eventually("the fax is in the list", DEADLINE, async || {
        let answer = gateway
            .ask("GET", "/api/fax/list/?direction=inbound")
            .token(&token)
            .send()
            .await;
        let body = answer.expect(200);
        let fax = body["results"].get(0)?.clone();
        (body["count"] == 1 && fax["status"] == "received").then_some(fax)
    })
    .await;
    assert_eq!(fax["pages"], 2);
}

async fn without_settings_the_webhook_is_off_and_names_them(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .without("WEBHOOK__CDR_USERNAME")
            .without("WEBHOOK__CDR_PASSWORD")
    })
    .await;
    let body = record("6d2d7c14-1d0c-4b2b-9f39-0f5d1d9f2f52").to_string();
    let answer = tell(&gateway, PATH, "application/json", &body).await;
    answer.refused(403, "WEBHOOK_DISABLED", "FAXGATE_WEBHOOK__CDR_USERNAME");
}

async fn wrong_credentials_are_401(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let body = record("6d2d7c14-1d0c-4b2b-9f39-0f5d1d9f2f52").to_string();
    let ask = || {
        gateway
            .ask("POST", PATH)
            .header("Content-Type", "application/json")
    };
    let wrong = STANDARD.encode(format!("{CDR_USERNAME}:another password"));
    for ask in [
        ask(),
        ask().header("Authorization", &format!("Basic {wrong}")),
    ] {
        let answer = ask.body(body.as_bytes()).send().await;
        answer.refused(401, "INVALID_CREDENTIALS", "cred");
        assert_eq!(answer.header("WWW-Authenticate"), "Basic realm=\"faxgate\"");
    }
}

async fn what_is_no_record_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let call = "6d2d7c14-1d0c-4b2b-9f39-0f5d1d9f2f52";
    let another = record("a5a7c2a0-6a2c-4c07-9a40-5d0f2b8e7d11").to_string();
    for (path, body) in [
        (PATH.to_owned(), ""),
        (PATH.to_owned(), "{}"),
        (PATH.to_owned(), "cdr="),
        (PATH.to_owned(), "xml=%3Ccdr%2F%3E"),
        (PATH.to_owned(), "{\"variables\":{}}"),
        (format!("{PATH}?uuid={call}"), another.as_str()),
    ] {
        let answer = tell(&gateway, &path, "application/json", body).await;
        answer.refused(400, "INVALID_RECORD", "");
    }
    let answer = tell(
        &gateway,
        &format!("{PATH}?uuid=x"),
        "application/json",
        &another,
    )
    .await;
    answer.refused(400, "INVALID_QUERY", "uuid");
}

async fn a_body_beyond_the_limit_is_413(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let answer = tell(
        &gateway,
        PATH,
        "application/json",
        &"x".repeat(3 * 1024 * 1024 + 1),
    )
    .await;
    answer.refused(413, "BODY_TOO_LARGE", "at most");
}
