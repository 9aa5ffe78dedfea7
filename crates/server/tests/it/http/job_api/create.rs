//! `POST /v1/fax/jobs`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{NOTHING, create, invalid, job, look, refused, to, upload};
use crate::under_test::{DID, Gateway, Rows};

on_both_databases![
    a_job_is_a_fax_from_the_tenants_own_number,
    a_number_is_read_in_the_country_that_the_request_names,
    what_is_no_job_is_refused_as_in_the_example,
    the_same_key_with_the_same_request_is_one_job,
    what_is_another_tenants_is_not_there,
    a_tenant_without_a_number_cannot_send,
];

async fn a_job_is_a_fax_from_the_tenants_own_number(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    gateway
        .manage(&["did", "add", "5557654321", "--tenant", "default"], "")
        .await;
    let document = upload(&gateway, &token, 2).await;
    let mut body = to(&document, "(301) 400-1910");
    body["destination_country"] = json!("us");
    body["notification_email"] = json!("user@example.com");
    let answer = create(&gateway, &token, &body).await;
    let created = answer.expect(201);
    let id = created["fax_job_id"].as_str().unwrap();
    assert_eq!(
        created,
        json!({"fax_job_id": id, "status": "queued_for_send"})
    );
    assert_eq!(answer.number("X-RateLimit-Limit"), 100);
    let fax = gateway.status(&token, id).await;
    assert_eq!(fax["sender_number"], format!("+1{DID}"));
    assert_eq!(fax["recipient_number"], "+13014001910");

    let seen = look(&gateway, &token, id).await;
    assert_eq!(seen.number("X-RateLimit-Limit"), 1000);
    let seen = seen.expect(200);
    let mut first = seen["timeline"][0].clone();
    assert_eq!(first["at"].take(), seen["timeline"][0]["at"]);
    assert_eq!(
        first,
        json!({
            "at": null, "stage": "job_created", "label": "Request created", "source": "system",
            "detail": "Destination +13014001910",
        })
    );
    let expected = json!({
        "id": id, "status": "queued_for_send", "provider_status": null, "submitted_at": null, "completed_at": null,
        "failure_reason": null, "destination_fax": "+13014001910", "page_count": 2, "progress_percent": 30,
        "progress_label": "Queued for send", "progress_stage": "queued_for_send", "timeline": seen["timeline"],
    });
    assert_eq!(seen, expected);
}

async fn a_number_is_read_in_the_country_that_the_request_names(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let document = upload(&gateway, &token, 1).await;
    let send = async |number: &str, country: &str| {
        let mut body = to(&document, number);
        body["destination_country"] = json!(country);
        create(&gateway, &token, &body).await
    };
    let gb = || async { send("020 7946 0000", "GB").await };
    refused(&gb().await, 400, "Destination country GB is not supported");
    refused(
        &send("2079460000", "QQ").await,
        400,
        "Destination country QQ",
    );
    gateway
        .manage(
            &["tenant", "set", "default", "--allowed-countries", "US,GB"],
            "",
        )
        .await;
    let id = gb().await.expect(201)["fax_job_id"].clone();
    let seen = look(&gateway, &token, id.as_str().unwrap())
        .await
        .expect(200);
    assert_eq!(seen["destination_fax"], "+442079460000");
    // +1 is not one country, whatever the request calls it.
    refused(&send("+18765551234", "US").await, 400, "JM");
}

async fn what_is_no_job_is_refused_as_in_the_example(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let document = upload(&gateway, &token, 1).await;
    let good = to(&document, "+13014001910");
    for (field, value, kind) in [
        ("document_upload_id", json!(7), "string_type"),
        ("destination_fax", json!("911"), "string_too_short"),
        ("destination_country", json!("USA"), "string_too_long"),
        ("notification_email", json!("nobody"), "value_error"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        invalid(&create(&gateway, &token, &body).await, field, kind);
    }
    for field in ["document_upload_id", "destination_fax"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        invalid(&create(&gateway, &token, &body).await, field, "missing");
    }
    let ask = || gateway.ask("POST", "/v1/fax/jobs").token(&token);
    let broken = ask().text("{").send().await.expect(422);
    assert_eq!(broken["detail"][0]["type"], "json_invalid", "{broken}");
    let form = ask().header("Content-Type", "text/plain").body(b"x");
    let form = form.send().await.expect(422);
    assert_eq!(form["detail"][0]["loc"], json!(["body"]), "{form}");

    for (number, hint) in [
        ("12345", "cannot be a phone number"),
        ("1-800-FLOWERS", "digits"),
        ("+13014001910,+13014001911", "digits"),
        ("+19005551234", "premium"),
        ("+881612345678", "satellite"),
    ] {
        refused(
            &create(&gateway, &token, &to(&document, number)).await,
            400,
            hint,
        );
    }
    for absent in [NOTHING, "nonsense"] {
        let answer = create(&gateway, &token, &to(absent, "+13014001910")).await;
        refused(&answer, 404, "Document upload not found");
    }
    gateway
        .manage(
            &[
                "do-not-fax",
                "add",
                "+13014001910",
                "--reason",
                "asked",
                "--tenant",
                "default",
            ],
            "",
        )
        .await;
    refused(
        &create(&gateway, &token, &good).await,
        400,
        "must not be faxed",
    );
    assert_eq!(gateway.count(&token).await, 0);
}

async fn the_same_key_with_the_same_request_is_one_job(db: TestDb) {
    let rows = Rows::of(&db);
    let gateway = Gateway::api(db).await;
    rows.node("simulator", Duration::ZERO).await;
    let token = gateway.sign_in().await;
    let document = upload(&gateway, &token, 1).await;
    let body = to(&document, "+13014001910");
    let ask = || {
        let ask = gateway.ask("POST", "/v1/fax/jobs").token(&token);
        ask.header("Idempotency-Key", "key-1")
    };
    let first = ask().json(&body).send().await;
    first.expect(201);
    for _ in 0..2 {
        let again = ask().json(&body).send().await;
        again.expect(201);
        assert_eq!(again.text(), first.text());
    }
    // Another number meanwhile, and none: the answer that was given stands.
    gateway.manage(&["did", "remove", DID, "--force"], "").await;
    assert_eq!(ask().json(&body).send().await.expect(201), first.json());
    let rehearsal = ask().header("X-Test-Mode", "true").json(&body);
    refused(&rehearsal.send().await, 409, "Idempotency-Key");
    let other = ask().json(&to(&document, "+13014001911"));
    refused(&other.send().await, 409, "Idempotency-Key");
    assert_eq!(gateway.count(&token).await, 1);
}

async fn what_is_another_tenants_is_not_there(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let ours = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", "5557654321").await;
    let id = job(&gateway, &ours, "+13014001910", 1).await;
    let document = upload(&gateway, &ours, 1).await;
    refused(
        &look(&gateway, &theirs, &id).await,
        404,
        "Fax job not found",
    );
    let cancel = gateway.ask("POST", &format!("/v1/fax/jobs/{id}/cancel"));
    refused(
        &cancel.token(&theirs).send().await,
        404,
        "Fax job not found",
    );
    let answer = create(&gateway, &theirs, &to(&document, "+13014001910")).await;
    refused(&answer, 404, "Document upload not found");
    let foreign = gateway.ask("GET", &format!("/v1/fax/jobs/{id}"));
    let foreign = foreign.token(&ours).header("X-Tenant-ID", "clinic");
    refused(&foreign.send().await, 403, "X-Tenant-ID");
    assert_eq!(look(&gateway, &ours, &id).await.status, 200);
    // A fax to several is no job.
    let several = gateway.fax(&ours, "5559876543,5555551234").await;
    refused(
        &look(&gateway, &ours, &several).await,
        404,
        "Fax job not found",
    );
}

async fn a_tenant_without_a_number_cannot_send(db: TestDb) {
    let gateway = Gateway::api(db).await;
    gateway.manage(&["tenant", "create", "clinic"], "").await;
    let token = gateway.member("clinic", "nurse", "member").await;
    let document = upload(&gateway, &token, 1).await;
    let answer = create(&gateway, &token, &to(&document, "+13014001910")).await;
    refused(&answer, 400, "no fax number");
}
