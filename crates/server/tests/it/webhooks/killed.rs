//! `kill -9` on the way: every event arrives, under one id.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{Desk, ids};

on_both_databases!(
    killed_after_the_follower_has_committed,
    killed_before_a_webhook_is_sent,
    killed_before_the_answer_is_written_down,
);

/// Kills the gateway when it comes to this point with an event on its way; gives the ids under which it came.
async fn killed_at(db: TestDb, point: &str) -> (Desk, String, Vec<String>) {
    let mut desk = Desk::with(db, |settings| settings.with("TEST_FAILPOINT", point)).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    // From another process: this one ends by itself, perhaps before it could answer.
    let change = ["number", "set", "+15551234567", "--header-text", "Change"];
    desk.gateway.manage(&change, "").await;
    desk.gateway
        .start_again("all", |settings| settings.without("TEST_FAILPOINT"))
        .await;
    desk.newest_is(&id, "delivered").await;
    let came = desk.receiver.came("/hook");
    let ids = ids(&came).into_iter().map(str::to_owned).collect();
    (desk, id, ids)
}

async fn killed_after_the_follower_has_committed(db: TestDb) {
    let (desk, id, came) = killed_at(db, "webhook_followed").await;
    assert_eq!(came.len(), 1, "nothing had been sent");
    assert_eq!(desk.deliveries(&id).await.len(), 1);
}

async fn killed_before_a_webhook_is_sent(db: TestDb) {
    let (desk, id, came) = killed_at(db, "webhook_claimed").await;
    assert_eq!(came.len(), 1, "nothing had been sent");
    let newest = desk.newest_is(&id, "delivered").await;
    let log = newest["attempt_log"].as_array().unwrap();
    assert_eq!(log.len(), 2);
    let error = log[0]["error"].as_str().unwrap();
    assert!(error.contains("the gateway stopped"), "{error}");
    assert_eq!(log[0]["duration_ms"], json!(null));
}

async fn killed_before_the_answer_is_written_down(db: TestDb) {
    let (_desk, _, came) = killed_at(db, "webhook_sent").await;
    assert_eq!(came.len(), 2, "it had been sent, and nobody knew");
    assert_eq!(came[0], came[1]);
}
