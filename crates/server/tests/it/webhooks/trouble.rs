//! Endpoints that fail, are slow, have too much, or are gone.

use std::sync::Arc;

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::Timestamp;
use serde_json::json;
use tokio::sync::Notify;

use super::{Desk, Says, ids};
use crate::under_test::Rows;

on_both_databases!(
    what_failed_comes_again_under_the_same_id,
    after_the_last_try_a_delivery_has_failed,
    an_endpoint_that_is_gone_is_disabled_at_once,
    days_of_nothing_but_failure_disable_an_endpoint,
    an_endpoint_that_has_too_much_is_left_alone,
    a_slow_endpoint_keeps_nobody_else_waiting,
    a_tenants_slow_endpoints_keep_no_other_tenant_waiting,
    what_the_old_address_answers_is_nothing_of_the_new_one,
);

async fn what_failed_comes_again_under_the_same_id(db: TestDb) {
    let desk = Desk::with(db, |settings| {
        settings.with("WEBHOOKS_OUT__RETRY_SECONDS", "0,0,0,0,0,0,0,0,0,0")
    })
    .await;
    let (id, secret) = desk.endpoint("/hook", &["number.*"]).await;
    desk.receiver.answers("/hook", 500);
    desk.happen(1).await;
    let came = desk.receiver.has("/hook", 3).await;
    let found = desk.get(&format!("/{id}")).await.expect(200);
    assert!(found["data"]["failing_since"].is_string(), "{found}");
    desk.receiver.answers("/hook", 200);
    let newest = desk.newest_is(&id, "delivered").await;
    let came = [came, desk.receiver.came("/hook")].concat();
    assert!(came.iter().all(|one| one.id() == came[0].id()));
    assert!(came.iter().all(|one| one.body == came[0].body));
    assert!(came.iter().all(|one| one.is_signed_by(&secret)));
    let log = newest["attempt_log"].as_array().unwrap();
    assert!(log.len() >= 4);
    assert_eq!(log[0]["response_status"], 500);
    assert_eq!(log[0]["response_body"], "/hook says 500");
    assert_eq!(log.last().unwrap()["response_status"], 200);
    let found = desk.get(&format!("/{id}")).await.expect(200);
    assert!(found["data"]["failing_since"].is_null(), "{found}");
}

async fn after_the_last_try_a_delivery_has_failed(db: TestDb) {
    let desk = Desk::with(db, |settings| {
        settings.with("WEBHOOKS_OUT__RETRY_SECONDS", "0,0")
    })
    .await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    desk.receiver.answers("/hook", 404);
    desk.happen(1).await;
    let newest = desk.newest_is(&id, "failed").await;
    assert_eq!(newest["attempts"], 3);
    assert_eq!(desk.receiver.came("/hook").len(), 3);
    let failed = desk.get(&format!("/{id}/deliveries?status=failed")).await;
    assert_eq!(failed.expect(200)["meta"]["paging"]["total"], 1);
    let path = format!("/{id}/deliveries?status=delivered");
    assert_eq!(
        desk.get(&path).await.expect(200)["meta"]["paging"]["total"],
        0
    );
    desk.get(&format!("/{id}/deliveries?status=lost"))
        .await
        .refused(400, "INVALID_QUERY", "status");
    desk.get(&format!("/{id}/deliveries?since=yesterday"))
        .await
        .refused(400, "INVALID_QUERY", "since");
    let path = format!("/{id}/deliveries?since=2100-01-01T00:00:00Z");
    assert_eq!(
        desk.get(&path).await.expect(200)["meta"]["paging"]["total"],
        0
    );
}

async fn an_endpoint_that_is_gone_is_disabled_at_once(db: TestDb) {
    let desk = Desk::open(db).await;
    let (gone, _) = desk.endpoint("/gone", &["number.*"]).await;
    desk.endpoint("/other", &["webhook.*"]).await;
    desk.receiver.answers("/gone", 410);
    desk.happen(1).await;
    let found = desk.is_active(&gone, false).await;
    assert_eq!(found["disabled_reason"], "it answered 410 Gone");
    assert!(found["disabled_at"].is_string());
    let told = desk.receiver.has_kind("/other", "webhook.disabled").await;
    assert_eq!(told.json()["data"]["webhook_id"], gone);
    assert_eq!(told.json()["data"]["reason"], "it answered 410 Gone");
    assert_eq!(desk.receiver.came("/gone").len(), 1);
    let log = desk.gateway.log();
    assert!(log.iter().any(|line| line.contains("410 Gone")));
}

async fn days_of_nothing_but_failure_disable_an_endpoint(db: TestDb) {
    let rows = Rows::of(&db);
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    desk.receiver.answers("/hook", 500);
    rows.webhook_fails_since(&id, 5 * 24 + 1).await;
    desk.happen(1).await;
    let found = desk.is_active(&id, false).await;
    let reason = found["disabled_reason"].as_str().unwrap();
    assert!(reason.starts_with("every try since 20"), "{reason}");
    // What waits for it waits, and comes when it is switched on again, without its past.
    desk.receiver.answers("/hook", 200);
    let on = json!({"is_active": true});
    let found = desk.tell("PATCH", &format!("/{id}"), &on).await.expect(200);
    assert!(found["data"]["disabled_reason"].is_null());
    assert!(found["data"]["failing_since"].is_null());
    desk.newest_is(&id, "delivered").await;
}

async fn an_endpoint_that_has_too_much_is_left_alone(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/busy", &["number.*"]).await;
    let busy = Says::Status(429, "Retry-After: 3600\r\n".to_owned());
    desk.receiver.says("/busy", busy);
    desk.happen(1).await;
    let what = "the endpoint's wish was written down";
    let waits = eventually(what, DEADLINE, async || {
        let newest = desk.deliveries(&id).await.into_iter().next()?;
        (newest["response_status"] == 429).then_some(newest)
    })
    .await;
    assert_eq!(waits["status"], "pending");
    let next = Timestamp::parse(waits["next_attempt_at"].as_str().unwrap()).unwrap();
    assert!(next.since(Rows::now()).as_secs() > 3000, "{waits}");
    // Another event waits with it, while other endpoints are served.
    desk.endpoint("/other", &["number.*"]).await;
    desk.happen(1).await;
    desk.receiver.has("/other", 1).await;
    let newest = desk.newest_is(&id, "pending").await;
    assert_eq!(newest["attempts"], 0);
    assert_eq!(desk.receiver.came("/busy").len(), 1);
}

async fn a_slow_endpoint_keeps_nobody_else_waiting(db: TestDb) {
    const EVENTS: usize = 12;
    let desk = Desk::with(db, |settings| {
        settings
            .with("WEBHOOKS_OUT__AT_ONCE", "16")
            .with("WEBHOOKS_OUT__ENDPOINT_AT_ONCE", "2")
            .with("WEBHOOKS_OUT__TIMEOUT_SECONDS", "60")
    })
    .await;
    desk.receiver.says("/slow", Says::Nothing);
    let (slow, _) = desk.endpoint("/slow", &["number.*"]).await;
    desk.endpoint("/fast", &["number.*"]).await;
    desk.happen(EVENTS).await;
    let came = desk.receiver.has("/fast", EVENTS).await;
    assert_eq!(came.len(), EVENTS);
    let mut sorted = ids(&came);
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), EVENTS);
    desk.receiver.has("/slow", 2).await;
    assert_eq!(desk.receiver.most_waiting("/slow"), 2);
    let path = format!("/{slow}/deliveries?status=sending");
    assert_eq!(
        desk.get(&path).await.expect(200)["meta"]["paging"]["total"],
        2
    );
}

async fn a_tenants_slow_endpoints_keep_no_other_tenant_waiting(db: TestDb) {
    const ENDPOINTS: usize = 10;
    let mut desk = Desk::with(db, |settings| {
        settings
            .with("WEBHOOKS_OUT__AT_ONCE", "8")
            .with("WEBHOOKS_OUT__ENDPOINT_AT_ONCE", "2")
            .with("WEBHOOKS_OUT__TIMEOUT_SECONDS", "60")
    })
    .await;
    for n in 0..ENDPOINTS {
        let path = format!("/slow/{n}");
        desk.receiver.says(&path, Says::Nothing);
        desk.endpoint(&path, &["number.*"]).await;
    }
    desk.happen(2).await;
    // The first tenant has all that it may have: a quarter of eight.
    let waiting = |desk: &Desk| {
        let came = |n: usize| desk.receiver.came(&format!("/slow/{n}")).len();
        (0..ENDPOINTS).map(came).sum::<usize>()
    };
    eventually("its part is under way", DEADLINE, async || {
        (waiting(&desk) >= 2).then_some(())
    })
    .await;
    desk.gateway.another_tenant("other", "+15557770000").await;
    let other = desk.gateway.member("other", "other-admin", "admin").await;
    desk.token = other;
    desk.endpoint("/fast", &["number.*"]).await;
    desk.change("+15557770000", 6).await;
    desk.receiver.has("/fast", 6).await;
    assert_eq!(waiting(&desk), 2);
}

async fn what_the_old_address_answers_is_nothing_of_the_new_one(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/old", &["number.*"]).await;
    let go_on = Arc::new(Notify::new());
    desk.receiver
        .says("/old", Says::When(Arc::clone(&go_on), 410));
    desk.happen(1).await;
    desk.receiver.has("/old", 1).await;
    // It moves while a try to its old address is under way, which is gone.
    let moved = json!({"url": desk.receiver.url("/new")});
    desk.tell("PATCH", &format!("/{id}"), &moved)
        .await
        .expect(200);
    go_on.notify_one();
    let came = desk.receiver.has("/new", 1).await;
    assert_eq!(came[0].id(), desk.receiver.came("/old")[0].id());
    desk.newest_is(&id, "delivered").await;
    let found = desk.get(&format!("/{id}")).await.expect(200);
    assert_eq!(found["data"]["is_active"], true, "{found}");
}
