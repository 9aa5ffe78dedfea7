//! The Telnyx example's own commands, with a token in curl's settings, and without one where the operator opened the job API.

use faxgate_test_support::TestDb;
use serde_json::json;

use crate::answers::Printed;
use crate::gateway::Gateway;
use crate::{script, tools};

/// The documented recipient, as it is dialled.
const RECIPIENT: &str = "3014001910";
/// The stages of a fax that goes through at once, of which the line has more.
const STAGES: [&str; 4] = [
    "job_created",
    "submitted",
    "fax_delivered",
    "final_delivered",
];

pub(crate) async fn the_steps_of_the_telnyx_example_send_a_fax(db: TestDb) {
    let gateway = Gateway::start(db).await;
    let token = gateway.token().await;
    let curl = format!("header = \"Authorization: Token {token}\"\n");
    send(&gateway, &curl).await;
}

pub(crate) async fn the_steps_of_the_telnyx_example_need_no_token_where_the_operator_says_so(
    db: TestDb,
) {
    let open = [
        ("FAXGATE_JOB_API__OPEN_ON_LOOPBACK", "true"),
        ("FAXGATE_JOB_API__TENANT", "default"),
    ];
    let gateway = Gateway::start_with(db, &open).await;
    send(&gateway, "").await;
}

/// Runs the steps with these settings of curl's.
async fn send(gateway: &Gateway, curl: &str) {
    let mut bash = tools::bash_with_curl_and_jq().await;
    gateway.document();
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join(".curlrc"), curl).expect("curl's settings");
    let bash = bash
        .arg(script("jobs.sh"))
        .arg(gateway.url())
        .env("CURL_HOME", home.path());
    let printed = Printed::parse(&gateway.run(bash).await);

    assert_eq!(printed.status, "delivered");
    let [uploaded, created, status, canceled] = printed.answers();
    uploaded.has_in_order(&[
        "document_upload_id",
        "mime_type",
        "page_count",
        "checksum",
        "file_size_bytes",
    ]);
    assert_eq!(uploaded.body["mime_type"], "application/pdf");
    assert_eq!(uploaded.body["page_count"], 3);
    created.has_in_order(&["fax_job_id", "status"]);
    assert_eq!(created.body["status"], "queued_for_send");
    assert_eq!(status.body["provider_status"], "delivered");
    assert_eq!(status.body["failure_reason"], json!(null));
    assert_eq!(status.body["progress_percent"], 100);
    assert_eq!(status.body["progress_label"], "Delivered");
    let timeline = status.body["timeline"].as_array().expect("a timeline");
    let mut stages = timeline.iter().map(|entry| &entry["stage"]);
    for stage in STAGES {
        assert!(stages.any(|next| next == stage), "{stage}: {timeline:?}");
    }
    let refusal = json!({"detail": "Cannot cancel in status 'delivered'"});
    assert_eq!(canceled.body, refusal);
    gateway.delivered_once_to(RECIPIENT).await;
}
