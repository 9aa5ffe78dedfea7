//! `POST /v1/fax/jobs/{id}/cancel`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{NOTHING, job, look, refused, stages, until};
use crate::under_test::Gateway;

on_both_databases![
    a_job_that_waits_is_canceled_once,
    a_job_on_the_line_is_canceled_when_the_answer_comes,
    a_job_that_is_delivered_cannot_be_canceled,
];

async fn a_job_that_waits_is_canceled_once(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+13014001910", 1).await;
    let cancel = |token: &str, id: &str| {
        let ask = gateway.ask("POST", &format!("/v1/fax/jobs/{id}/cancel"));
        ask.token(token)
    };
    let reader = gateway.member("default", "reader", "read-only").await;
    refused(&cancel(&reader, &id).send().await, 403, "role");
    for nothing in [NOTHING, "nonsense"] {
        refused(
            &cancel(&token, nothing).send().await,
            404,
            "Fax job not found",
        );
    }
    let body = cancel(&token, &id).send().await.expect(200);
    let expected = json!({
        "id": id, "status": "canceled", "provider_status": "canceled", "submitted_at": null,
        "completed_at": body["completed_at"], "failure_reason": "Canceled by user", "destination_fax": "+13014001910",
        "page_count": 1, "progress_percent": 100, "progress_label": "Fax canceled", "progress_stage": "canceled",
        "timeline": body["timeline"],
    });
    assert_eq!(body, expected);
    assert!(body["completed_at"].is_string());
    assert_eq!(
        stages(&body),
        ["job_created", "cancel_requested", "final_canceled"]
    );
    assert_eq!(look(&gateway, &token, &id).await.expect(200), body);
    let again = cancel(&token, &id).send().await;
    refused(&again, 409, "Cannot cancel in status 'canceled'");
}

async fn a_job_on_the_line_is_canceled_when_the_answer_comes(db: TestDb) {
    // It rings for a minute.
    let gateway = Gateway::start(db, "all", |s| s.with("SIMULATOR__PACE", "real")).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+15550003333", 1).await;
    until(&gateway, &token, &id, "sending").await;
    let ask = gateway.ask("POST", &format!("/v1/fax/jobs/{id}/cancel"));
    let body = ask.token(&token).send().await.expect(200);
    let canceled = until(&gateway, &token, &id, "canceled").await;
    assert!(
        matches!(body["status"].as_str(), Some("canceled" | "sending")),
        "{body}"
    );
    assert_eq!(canceled["provider_status"], "canceled");
    assert_eq!(canceled["progress_stage"], "fax_canceled");
    assert_eq!(canceled["failure_reason"], "Canceled by user");
}

async fn a_job_that_is_delivered_cannot_be_canceled(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+15550001111", 1).await;
    until(&gateway, &token, &id, "delivered").await;
    let ask = gateway.ask("POST", &format!("/v1/fax/jobs/{id}/cancel"));
    let answer = ask.token(&token).send().await;
    refused(&answer, 409, "Cannot cancel in status 'delivered'");
}
