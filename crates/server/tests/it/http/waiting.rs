//! Why a fax waits: `priority`, `send_at`, `waiting_for`, `position`, `estimated_start`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::ItemState;
use serde_json::{Value, json};

use crate::under_test::{DID, Gateway, Rows};

on_both_databases![
    a_fax_can_be_scheduled_and_says_so,
    a_time_too_far_ahead_and_a_priority_that_is_none_are_refused,
    a_fax_waits_for_the_hours_of_its_tenant_unless_it_is_urgent,
    a_busy_number_is_called_again_and_the_answer_says_when,
    a_fax_whose_pages_are_made_says_so,
    a_fax_in_the_queue_has_a_place_among_its_tenants_own,
    a_number_that_is_called_already_tells_nothing_of_who_calls,
    what_is_finished_waits_for_nothing,
];

/// Sends a one-page fax with further fields; gives its uuid.
async fn send(gateway: &Gateway, token: &str, number: &str, more: Value) -> String {
    let filename = gateway.upload(token, 1).await;
    let mut body = json!({"username": DID, "filename": filename, "numbers": number});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = gateway
        .ask("POST", "/api/fax/send/")
        .token(token)
        .json(&body)
        .send()
        .await;
    answer.expect(200)["uuid"].as_str().unwrap().to_owned()
}

/// What the first recipient waits for: code, position.
fn waits(body: &Value) -> (&str, Option<u64>) {
    let item = &body["queue_items"][0];
    let code = item["waiting_for"]["code"].as_str().unwrap_or("nothing");
    (code, item["position"].as_u64())
}

async fn a_fax_can_be_scheduled_and_says_so(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let tomorrow = Rows::now() + Duration::from_secs(24 * 3600);
    let asked = tomorrow.to_string();
    let more = json!({"priority": "bulk", "send_at": asked});
    let uuid = send(&gateway, &token, "5559876543", more).await;
    let body = gateway.until_waits_for(&token, &uuid, "scheduled").await;
    let at = tomorrow.to_seconds();
    assert_eq!(
        (&body["status"], &body["priority"], &body["send_at"]),
        (&json!("pending"), &json!("bulk"), &json!(at))
    );
    let item = &body["queue_items"][0];
    assert_eq!(item["estimated_start"], at.as_str());
    assert_eq!(item["next_attempt_at"], at.as_str());
    assert!(item["position"].is_null());
    let message = item["waiting_for"]["message"].as_str().unwrap();
    assert!(message.contains("scheduled for"), "{message}");
    for key in ["waiting_for", "position", "estimated_start"] {
        assert_eq!(body[key], item[key], "{key}");
    }
    let told = body["timeline"][0]["text"].as_str().unwrap();
    assert!(told.contains("bulk, not before"), "{told}");

    // A time that has passed is now.
    let more = json!({"priority": "urgent", "send_at": "2001-01-01T00:00:00+01:00"});
    let past = send(&gateway, &token, "5559876543", more).await;
    let body = gateway.until(&token, &past, "sent").await;
    assert_eq!(body["priority"], "urgent");
    assert_eq!(body["send_at"], "2000-12-31T23:00:00Z");
}

async fn a_time_too_far_ahead_and_a_priority_that_is_none_are_refused(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 1).await;
    let far = (Rows::now() + Duration::from_secs(30 * 24 * 3600 + 60)).to_string();
    for (field, value, code, hint) in [
        ("send_at", json!(far), "INVALID_SEND_AT", "30 days"),
        ("send_at", json!("tomorrow"), "INVALID_FIELDS", "RFC 3339"),
        (
            "send_at",
            json!("2030-01-01T10:00:00"),
            "INVALID_FIELDS",
            "offset",
        ),
        ("send_at", json!(5), "INVALID_FIELDS", "must be a string"),
        (
            "priority",
            json!("high"),
            "INVALID_FIELDS",
            "urgent, normal, bulk",
        ),
        ("priority", json!(1), "INVALID_FIELDS", "must be a string"),
    ] {
        let mut body = json!({"username": DID, "filename": filename, "numbers": "5559876543"});
        body[field] = value;
        let answer = gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .json(&body)
            .send()
            .await;
        answer.refused(400, code, hint);
        assert!(answer.json()["details"][field].is_array(), "{field}");
    }
    assert_eq!(gateway.count(&token).await, 0);
}

async fn a_fax_waits_for_the_hours_of_its_tenant_unless_it_is_urgent(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let in_two_days = Rows::now() + Duration::from_secs(2 * 24 * 3600);
    let window = in_two_days.datetime().format("%a 10:00-11:00").to_string();
    let set = [
        "tenant",
        "set",
        "default",
        "--allowed-countries",
        "US,GB",
        "--window",
        &window,
    ];
    gateway.manage(&set, "").await;
    let london = "+442079460000";
    let uuid = send(&gateway, &token, london, json!({})).await;
    let body = gateway.until_waits_for(&token, &uuid, "window").await;
    let opens = body["queue_items"][0]["estimated_start"].as_str().unwrap();
    assert!(opens.ends_with(":00:00Z"), "{opens}");
    assert!(
        body["waiting_for"]["message"]
            .as_str()
            .unwrap()
            .contains("Urgent")
    );

    let urgent = send(&gateway, &token, london, json!({"priority": "urgent"})).await;
    gateway.until(&token, &urgent, "sent").await;

    // What waits is held against the new hours at once.
    gateway
        .manage(&["tenant", "set", "default", "--no-windows"], "")
        .await;
    gateway.until(&token, &uuid, "sent").await;
}

async fn a_busy_number_is_called_again_and_the_answer_says_when(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let uuid = send(&gateway, &token, "5550002222", json!({})).await;
    let body = gateway.until_waits_for(&token, &uuid, "retry").await;
    let item = &body["queue_items"][0];
    let message = item["waiting_for"]["message"].as_str().unwrap();
    assert!(
        message.contains("busy") && message.contains("again"),
        "{message}"
    );
    assert_eq!(item["estimated_start"], item["next_attempt_at"]);
    assert_eq!(body["status"], "processing");
    assert_eq!(body["waiting_for"]["code"], "retry");
    let told = body["timeline"].as_array().unwrap();
    let failed = told.iter().find(|e| e["kind"] == "attempt.failed").unwrap();
    assert!(!failed["evidence"].as_str().unwrap().is_empty(), "{failed}");
}

async fn a_fax_whose_pages_are_made_says_so(db: TestDb) {
    // Nothing is rendered where nothing dispatches.
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543").await;
    let body = gateway.status(&token, &uuid).await;
    assert_eq!(waits(&body), ("preparing", None));
    assert_eq!(body["priority"], "normal");
    assert!(body["send_at"].is_null() && body["estimated_start"].is_null());
}

async fn a_fax_in_the_queue_has_a_place_among_its_tenants_own(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let stranger = gateway.another_tenant("clinic", "+15557654321").await;
    let filename = gateway.upload(&stranger, 1).await;
    let body = json!({"username": "5557654321", "filename": filename, "numbers": "5550100000"});
    let ask = gateway.ask("POST", "/api/fax/send/").token(&stranger);
    let sent = ask.json(&body).send().await.expect(200);
    rows.make_ready(sent["uuid"].as_str().unwrap()).await;

    let normal = send(&gateway, &token, "5550100001", json!({})).await;
    let bulk = send(&gateway, &token, "5550100002", json!({"priority": "bulk"})).await;
    let urgent = send(
        &gateway,
        &token,
        "5550100003",
        json!({"priority": "urgent"}),
    )
    .await;
    for uuid in [&normal, &bulk, &urgent] {
        rows.make_ready(uuid).await;
    }
    let places = async |code: &str| {
        for (uuid, place) in [(&urgent, 1), (&normal, 2), (&bulk, 3)] {
            let body = gateway.status(&token, uuid).await;
            assert_eq!(waits(&body), (code, Some(place)), "{body}");
        }
    };
    places("lane_down").await;
    rows.node("simulator", Duration::ZERO).await;
    places("queue").await;
    let first = gateway.status(&token, &urgent).await;
    assert!(first["estimated_start"].is_string(), "{first}");
    rows.pause("simulator", "secret of the carrier").await;
    places("lane_paused").await;
    let body = gateway.status(&token, &bulk).await;
    assert!(!body.to_string().contains("secret"), "{body}");
    assert!(body["estimated_start"].is_string());
    // A node that is not heard of has no lines.
    rows.node("simulator", Duration::from_secs(600)).await;
    places("lane_down").await;
}

async fn a_number_that_is_called_already_tells_nothing_of_who_calls(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let stranger = gateway.another_tenant("clinic", "+15557654321").await;
    let filename = gateway.upload(&stranger, 1).await;
    let body = json!({"username": "5557654321", "filename": filename, "numbers": "5559876543"});
    let ask = gateway.ask("POST", "/api/fax/send/").token(&stranger);
    let theirs = ask.json(&body).send().await.expect(200);
    let theirs = theirs["uuid"].as_str().unwrap();
    rows.make_ready(theirs).await;
    rows.change(theirs, ItemState::Active, |_, _| ()).await;
    rows.node("simulator", Duration::ZERO).await;

    let ours = send(&gateway, &token, "5559876543", json!({})).await;
    rows.make_ready(&ours).await;
    let body = gateway.status(&token, &ours).await;
    assert_eq!(
        waits(&body),
        ("queue", Some(1)),
        "as if nobody were calling"
    );

    rows.change(&ours, ItemState::Active, |_, _| ()).await;
    let next = send(&gateway, &token, "5559876543", json!({})).await;
    rows.make_ready(&next).await;
    let body = gateway.status(&token, &next).await;
    assert_eq!(waits(&body), ("destination_busy", None));
    let message = body["waiting_for"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "Another call of your organization to this number is in progress. It goes out by itself when that call has ended."
    );

    // A hunt group takes several.
    let set = ["destination", "set", "+15559876543", "--max-calls", "3"];
    gateway.manage(&set, "").await;
    let body = gateway.status(&token, &next).await;
    assert_eq!(waits(&body), ("queue", Some(1)));
}

async fn what_is_finished_waits_for_nothing(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543").await;
    let body = gateway.until(&token, &uuid, "sent").await;
    for key in ["waiting_for", "position", "estimated_start"] {
        assert!(
            body[key].is_null() && body["queue_items"][0][key].is_null(),
            "{key}"
        );
    }
}
