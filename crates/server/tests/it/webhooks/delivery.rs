//! What is told, and how.

use std::collections::BTreeSet;

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{Desk, Says, ids};

on_both_databases!(
    a_fax_is_told_of_to_each_endpoint_that_wants_it,
    both_secrets_sign_while_one_is_changed,
    a_test_tells_how_it_went,
    an_endpoint_of_another_tenant_hears_nothing,
);

async fn a_fax_is_told_of_to_each_endpoint_that_wants_it(db: TestDb) {
    let desk = Desk::open(db).await;
    let (all, secret) = desk.endpoint("/all", &["*"]).await;
    desk.endpoint("/sent", &["fax.sent", "number.*"]).await;
    desk.endpoint("/numbers", &["number.*"]).await;
    let fax = desk.gateway.fax(&desk.token, "5550001111").await;
    desk.gateway.until(&desk.token, &fax, "sent").await;

    let sent = desk.receiver.has_kind("/sent", "fax.sent").await;
    assert_eq!(sent.json()["data"]["uuid"], fax);
    assert_eq!(sent.header("content-type"), "application/json");
    desk.receiver.has_kind("/all", "fax.sent").await;
    for kind in ["fax.queued", "fax.attempt.started", "fax.page.sent"] {
        desk.receiver.has_kind("/all", kind).await;
    }
    let came = desk.receiver.came("/all");
    let different: BTreeSet<&str> = ids(&came).into_iter().collect();
    assert_eq!(different.len(), came.len(), "nothing is told twice");
    for one in &came {
        assert!(one.is_signed_by(&secret), "{one:?}");
        assert!(one.id().starts_with("evt_") && !one.id().contains('.'));
        let body = one.json();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["data", "timestamp", "type"], "{body}");
        assert_eq!(body["data"]["uuid"], fax, "{body}");
    }
    // One event is the same event to everybody.
    assert!(
        came.iter()
            .any(|one| one.id() == sent.id() && one.body == sent.body)
    );
    assert_eq!(desk.receiver.came("/sent").len(), 1);
    assert!(desk.receiver.came("/numbers").is_empty());

    let newest = desk.newest_is(&all, "delivered").await;
    assert_eq!(newest["request_body"].as_str().unwrap().as_bytes(), {
        let id = newest["event_id"].as_str().unwrap();
        let one = came.iter().find(|one| one.id() == id).unwrap();
        one.body.as_slice()
    });
    assert_eq!(newest["attempts"], 1);
    assert_eq!(newest["response_status"], 204);
    assert_eq!(newest["next_attempt_at"], json!(null));
    let tried = &newest["attempt_log"][0];
    assert_eq!(tried["response_status"], 204);
    assert!(tried["duration_ms"].is_u64() && tried["error"].is_null());
}

async fn both_secrets_sign_while_one_is_changed(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, old) = desk.endpoint("/hook", &["number.*"]).await;
    let rotate = format!("/{id}/secret/rotate");
    let rotated = desk.tell("POST", &rotate, &json!({})).await.expect(200);
    let new = rotated["data"]["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert!(rotated["data"]["former_secret_until"].is_string());
    let shown = desk.get(&format!("/{id}/secret")).await.expect(200);
    assert_eq!(shown["data"]["secret"], new);

    desk.happen(1).await;
    let came = desk.receiver.has("/hook", 1).await;
    assert!(came[0].is_signed_by(&old) && came[0].is_signed_by(&new));
    assert_eq!(came[0].header("webhook-signature").split(' ').count(), 2);

    let again = desk.tell("POST", &rotate, &json!({})).await;
    again.refused(409, "ROTATION_UNDER_WAY", "overlap_seconds");
    let now = json!({"overlap_seconds": 0, "secret": old});
    desk.tell("POST", &rotate, &now).await.expect(200);
    desk.happen(1).await;
    let came = desk.receiver.has("/hook", 2).await;
    assert!(came[1].is_signed_by(&old) && !came[1].is_signed_by(&new));
    assert_eq!(came[1].header("webhook-signature").split(' ').count(), 1);
}

async fn a_test_tells_how_it_went(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, secret) = desk.endpoint("/hook", &["fax.*"]).await;
    let off = json!({"is_active": false});
    desk.tell("PATCH", &format!("/{id}"), &off)
        .await
        .expect(200);
    let test = format!("/{id}/test");
    let tried = desk.tell("POST", &test, &json!({})).await.expect(200);
    assert_eq!(tried["data"]["status"], "delivered");
    assert_eq!(tried["data"]["attempt"]["response_status"], 204);
    let came = desk.receiver.came("/hook");
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].kind(), "webhook.test");
    assert_eq!(came[0].id(), tried["data"]["event_id"]);
    assert!(came[0].is_signed_by(&secret));

    desk.receiver.answers("/hook", 500);
    let tried = desk.tell("POST", &test, &json!({})).await.expect(200);
    assert_eq!(tried["data"]["status"], "failed");
    assert_eq!(tried["data"]["attempt"]["response_status"], 500);
    assert_eq!(tried["data"]["attempt"]["response_body"], "/hook says 500");
    // A test is no story of failure, and is tried once.
    let found = desk.get(&format!("/{id}")).await.expect(200);
    assert!(found["data"]["failing_since"].is_null());
    let newest = desk.newest_is(&id, "failed").await;
    assert_eq!(newest["event_type"], "webhook.test");
    assert_eq!(newest["attempts"], 1);

    let location = format!("Location: {}\r\n", desk.receiver.url("/elsewhere"));
    desk.receiver.says("/hook", Says::Status(308, location));
    let tried = desk.tell("POST", &test, &json!({})).await.expect(200);
    assert_eq!(tried["data"]["attempt"]["response_status"], 308);
    assert_eq!(
        tried["data"]["attempt"]["error"],
        "redirects are not followed"
    );
    assert!(desk.receiver.came("/elsewhere").is_empty());
}

async fn an_endpoint_of_another_tenant_hears_nothing(db: TestDb) {
    let desk = Desk::open(db).await;
    desk.gateway.another_tenant("beta", "5559990000").await;
    let beta = desk.gateway.member("beta", "bob", "admin").await;
    let body = json!({"url": desk.receiver.url("/beta")});
    let ask = desk.gateway.ask("POST", super::WEBHOOKS).token(&beta);
    ask.json(&body).send().await.expect(201);
    desk.endpoint("/own", &["number.*"]).await;
    desk.happen(1).await;
    desk.receiver.has("/own", 1).await;
    let own = desk.gateway.ask("GET", super::WEBHOOKS).token(&beta);
    let own = own.send().await.expect(200);
    let id = own["data"][0]["id"].as_str().unwrap();
    let path = format!("{}/{id}/deliveries", super::WEBHOOKS);
    let log = desk.gateway.ask("GET", &path).token(&beta).send().await;
    let log = log.expect(200);
    assert!(
        log["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["event_type"] != "number.changed"),
        "{log}"
    );
}
