//! A job from its beginning to its end, over the built-in line

use std::cell::RefCell;

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::{job, look, stages, until};
use crate::under_test::Gateway;

on_both_databases![
    a_job_goes_forward_until_it_is_delivered,
    a_number_that_is_busy_is_tried_again,
    a_number_that_does_not_exist_fails,
];

/// The stages that the example's clients know, and those of the line between them.
const ON_THE_LINE: [&str; 7] = [
    "submitted",
    "fax_answered",
    "fax_sending_started",
    "fax_page_sent",
    "fax_page_sent",
    "fax_page_sent",
    "fax_delivered",
];

async fn a_job_goes_forward_until_it_is_delivered(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+15550001111", 3).await;
    let seen: RefCell<Vec<(u64, String)>> = RefCell::default();
    let last = eventually("the job is delivered", DEADLINE, async || {
        let body = look(&gateway, &token, &id).await.expect(200);
        let percent = body["progress_percent"].as_u64().unwrap();
        let status = body["status"].as_str().unwrap().to_owned();
        assert!(body["progress_label"].is_string() && body["progress_stage"].is_string());
        seen.borrow_mut().push((percent, status.clone()));
        (status == "delivered").then_some(body)
    })
    .await;
    let seen = seen.into_inner();
    assert!(seen.is_sorted_by_key(|(percent, _)| *percent), "{seen:?}");
    let usual = ["queued_for_send", "sending", "delivered"];
    let place = |status: &String| usual.iter().position(|word| word == status);
    assert!(
        seen.iter().all(|(_, status)| place(status).is_some()),
        "{seen:?}"
    );
    assert!(
        seen.is_sorted_by_key(|(_, status)| place(status)),
        "{seen:?}"
    );

    let stages = stages(&last);
    assert_eq!(stages.first(), Some(&"job_created"));
    assert_eq!(stages.last(), Some(&"final_delivered"));
    let mut rest = stages.iter();
    for stage in ON_THE_LINE {
        assert!(rest.any(|next| *next == stage), "{stage} in {stages:?}");
    }
    for entry in last["timeline"].as_array().unwrap() {
        let stage = entry["stage"].as_str().unwrap();
        let source = if stage.starts_with("fax_") {
            "simulator"
        } else {
            "system"
        };
        assert_eq!(entry["source"], source, "{entry}");
        assert!(entry["at"].as_str().unwrap().ends_with('Z'), "{entry}");
    }
    let expected = json!({
        "id": id, "status": "delivered", "provider_status": "delivered", "submitted_at": last["submitted_at"],
        "completed_at": last["completed_at"], "failure_reason": null, "destination_fax": "+15550001111",
        "page_count": 3, "progress_percent": 100, "progress_label": "Delivered", "progress_stage": "fax_delivered",
        "timeline": last["timeline"],
    });
    assert_eq!(last, expected);
    let time = |key: &str| last[key].as_str().unwrap().to_owned();
    assert!(time("submitted_at") < time("completed_at"));
}

async fn a_number_that_is_busy_is_tried_again(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+15550002222", 1).await;
    let waits = until(&gateway, &token, &id, "retry_queued").await;
    assert_eq!(waits["provider_status"], "failed");
    assert_eq!(waits["failure_reason"], Value::Null);
    assert_eq!(waits["completed_at"], Value::Null);
    assert_eq!(waits["progress_percent"], 35);
    assert_eq!(waits["progress_label"], "Retry queued");
    let stages = stages(&waits);
    assert_eq!(stages[stages.len() - 2..], ["fax_failed", "retry_queued"]);
}

async fn a_number_that_does_not_exist_fails(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let id = job(&gateway, &token, "+15550004444", 1).await;
    let failed = until(&gateway, &token, &id, "failed").await;
    assert_eq!(failed["provider_status"], "failed");
    let reason = failed["failure_reason"].as_str().unwrap();
    assert!(reason.contains("not in service"), "{reason}");
    assert_eq!(failed["progress_percent"], 100);
    assert_eq!(failed["progress_stage"], "fax_failed");
    let last = failed["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(last["stage"], "final_failed");
    assert_eq!(last["detail"], reason);
    assert_eq!(last["at"], failed["completed_at"]);
}
