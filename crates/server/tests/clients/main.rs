//! The documented clients, in three languages, against the real program: each sends a fax and reads `sent`.

#![expect(clippy::expect_used, reason = "a test may panic")]

mod answers;
mod fuzz;
mod gateway;
mod jobs;
mod standard_webhooks;
mod telnyx_sdk;
mod tools;

use std::path::{Path, PathBuf};

use faxgate_test_support::{TestDb, on_both_databases};
use tokio::process::Command;

use answers::{Printed, UPLOAD};
use gateway::{Gateway, RECIPIENT, SENDER};
use jobs::{
    the_steps_of_the_telnyx_example_need_no_token_where_the_operator_says_so,
    the_steps_of_the_telnyx_example_send_a_fax,
};
use standard_webhooks::the_official_library_takes_every_webhook_also_while_a_secret_is_changed;
use telnyx_sdk::the_gateway_takes_what_telnyx_library_has_signed;

on_both_databases!(
    the_python_client_sends_a_fax,
    the_javascript_client_sends_a_fax,
    the_curl_steps_send_a_fax,
    the_steps_of_the_telnyx_example_send_a_fax,
    the_steps_of_the_telnyx_example_need_no_token_where_the_operator_says_so,
    the_gateway_takes_what_telnyx_library_has_signed,
    the_official_library_takes_every_webhook_also_while_a_secret_is_changed,
);

async fn the_python_client_sends_a_fax(db: TestDb) {
    let mut python = tools::python().await;
    python.arg(script("client.py"));
    a_class_sends_a_fax(&mut python, db).await;
}

async fn the_javascript_client_sends_a_fax(db: TestDb) {
    let mut node = tools::node().await;
    node.arg(script("client.js"));
    a_class_sends_a_fax(&mut node, db).await;
}

/// The two classes have the same methods and are used alike.
async fn a_class_sends_a_fax(client: &mut Command, db: TestDb) {
    let gateway = Gateway::start(db).await;
    let token = gateway.token().await;
    let document = gateway.document();
    let api = format!("{}/api/fax", gateway.url());
    let said = gateway
        .run(
            client
                .args([&api, &token])
                .arg(&document)
                .args([SENDER, RECIPIENT]),
        )
        .await;

    let printed = Printed::parse(&said);
    assert_eq!(printed.status, "sent");
    let [uploaded, queued, status] = printed.answers();
    uploaded.has_in_order(&UPLOAD);
    assert_eq!(uploaded.body["original_name"], "document.pdf");
    let size = std::fs::metadata(&document).expect("a document").len();
    assert_eq!(uploaded.body["size"], size);
    queued.is_queued_to(RECIPIENT);
    status.is_sent_from_to(SENDER, RECIPIENT);
    assert_eq!(status.body["uuid"], queued.body["uuid"]);
    gateway.delivered_once_to(RECIPIENT).await;
}

async fn the_curl_steps_send_a_fax(db: TestDb) {
    let mut bash = tools::bash_with_curl_and_jq().await;
    let gateway = Gateway::start(db).await;
    gateway.document();
    let said = gateway
        .run(bash.arg(script("client.sh")).arg(gateway.url()))
        .await;

    let printed = Printed::parse(&said);
    assert_eq!(printed.status, "sent");
    let [status, list] = printed.answers();
    status.is_sent_from_to(SENDER, RECIPIENT);
    list.lists_one_fax();
    assert_eq!(list.body["results"][0]["uuid"], status.body["uuid"]);
    assert_eq!(list.body["results"][0]["status"], "sent");
    gateway.delivered_once_to(RECIPIENT).await;
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}
