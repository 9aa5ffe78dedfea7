//! What all paths of the job API have in common

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{NOTHING, look, refused};
use crate::under_test::Gateway;

on_both_databases![
    health_is_told_without_a_token,
    every_error_has_the_shape_of_the_example,
    quotas_are_those_of_the_other_paths,
];

async fn health_is_told_without_a_token(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let answer = gateway.ask("GET", "/v1/health").send().await;
    assert_eq!(
        answer.expect(200),
        json!({"status": "ok", "database": "ok"})
    );
}

async fn every_error_has_the_shape_of_the_example(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/fax/jobs/a/b/c"] {
        refused(&gateway.ask("GET", path).send().await, 404, "/api/docs/");
    }
    for (method, path) in [
        ("GET", "/v1/uploads".to_owned()),
        ("GET", "/v1/fax/jobs".to_owned()),
        ("POST", "/v1/health".to_owned()),
        ("DELETE", format!("/v1/fax/jobs/{NOTHING}")),
        ("GET", format!("/v1/fax/jobs/{NOTHING}/cancel")),
    ] {
        refused(&gateway.ask(method, &path).send().await, 405, "only");
    }
    for nothing in [NOTHING, "nonsense", "%00"] {
        refused(
            &look(&gateway, &token, nothing).await,
            404,
            "Fax job not found",
        );
    }
    let with = gateway
        .ask("GET", &format!("/v1/fax/jobs/{NOTHING}/"))
        .token(&token);
    refused(&with.send().await, 404, "Fax job not found");
}

async fn quotas_are_those_of_the_other_paths(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__STATUS", "2")).await;
    let token = gateway.sign_in().await;
    for _ in 0..2 {
        assert_eq!(look(&gateway, &token, NOTHING).await.status, 404);
    }
    let refusal = look(&gateway, &token, NOTHING).await;
    refused(&refusal, 429, "too many requests");
    assert!(refusal.number("Retry-After") > 0);
    // One count for both APIs: there is one user.
    let other = gateway.ask("GET", &format!("/api/fax/status/{NOTHING}/"));
    assert_eq!(other.token(&token).send().await.status, 429);
}
