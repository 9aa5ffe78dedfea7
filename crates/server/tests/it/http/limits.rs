//! Rate limits

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{Answer, Gateway, PASSWORD, USERNAME};

on_both_databases![
    every_answer_tells_where_the_caller_stands,
    a_used_up_quota_is_429_for_that_user_and_endpoint_alone,
    a_quota_of_zero_is_no_limit,
    logins_are_limited_by_address,
];

fn standing(answer: &Answer) -> (i64, i64) {
    (
        answer.number("X-RateLimit-Limit"),
        answer.number("X-RateLimit-Remaining"),
    )
}

fn now() -> i64 {
    use faxgate_types::Clock as _;
    faxgate_types::SystemClock.now().unix_seconds()
}

async fn every_answer_tells_where_the_caller_stands(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let nothing = "3bca1e12-f50e-4bc2-a667-c67956c051b0";
    for (method, path, status, limit) in [
        ("POST", "/api/fax/send/".to_owned(), 400, 100),
        ("POST", "/api/fax/upload/".to_owned(), 400, 50),
        ("GET", format!("/api/fax/status/{nothing}/"), 404, 1000),
        ("GET", "/api/fax/list/".to_owned(), 200, 500),
        ("POST", format!("/api/fax/cancel/{nothing}/"), 404, 1000),
        ("GET", format!("/api/fax/document/{nothing}/"), 404, 1000),
    ] {
        for used in 1..=2 {
            let before = now();
            let answer = gateway.ask(method, &path).token(&token).send().await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(standing(&answer), (limit, limit - used), "{path}");
            let full_again = answer.number("X-RateLimit-Reset");
            assert!(
                (before..=now() + (used * 3600 + limit - 1) / limit + 1).contains(&full_again),
                "{path}: {full_again}"
            );
        }
    }
    // A tenant that is not the caller's: known who, so it counts.
    let answer = gateway
        .ask("GET", "/api/fax/list/")
        .token(&token)
        .header("X-Tenant-ID", "foreign")
        .send()
        .await;
    assert_eq!((answer.status, standing(&answer)), (403, (500, 497)));
}

async fn a_used_up_quota_is_429_for_that_user_and_endpoint_alone(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| {
        s.with("RATE_LIMITS__LIST", "2")
            .with("RATE_LIMITS__SEND", "1")
    })
    .await;
    let token = gateway.sign_in().await;
    let list = || gateway.ask("GET", "/api/fax/list/").token(&token);
    assert_eq!(standing(&list().send().await), (2, 1));
    assert_eq!(standing(&list().send().await), (2, 0));
    let mut waits = Vec::new();
    for _ in 0..3 {
        let answer = list().send().await;
        answer.refused(429, "RATE_LIMITED", "try again in");
        assert_eq!(standing(&answer), (2, 0));
        waits.push(answer.number("Retry-After"));
        assert!(answer.number("X-RateLimit-Reset") > now() + 1800);
    }
    // Refusals do not count: the wait does not grow.
    assert!(
        waits.iter().all(|wait| (1..=1800).contains(wait)),
        "{waits:?}"
    );
    assert!(
        waits.is_sorted_by(|earlier, later| earlier >= later),
        "{waits:?}"
    );

    let member = gateway.member("default", "member", "member").await;
    assert_eq!(
        standing(
            &gateway
                .ask("GET", "/api/fax/list/")
                .token(&member)
                .send()
                .await
        ),
        (2, 1)
    );
    let send = || {
        gateway
            .ask("POST", "/api/fax/send/")
            .token(&token)
            .json(&json!({}))
    };
    assert_eq!(send().send().await.status, 400);
    send()
        .send()
        .await
        .refused(429, "RATE_LIMITED", "try again in");
}

async fn a_quota_of_zero_is_no_limit(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__LIST", "0")).await;
    let token = gateway.sign_in().await;
    for _ in 0..20 {
        let answer = gateway
            .ask("GET", "/api/fax/list/")
            .token(&token)
            .send()
            .await;
        answer.expect(200);
        assert_eq!(answer.header("X-RateLimit-Limit"), "");
    }
}

async fn logins_are_limited_by_address(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("RATE_LIMITS__LOGIN", "3")).await;
    let login = |password: &str| {
        let body = json!({"username": USERNAME, "password": password});
        gateway.ask("POST", "/api/auth/token/").json(&body)
    };
    for left in [2, 1, 0] {
        let answer = login("guess").send().await;
        answer.refused(401, "INVALID_CREDENTIALS", "");
        assert_eq!(standing(&answer), (3, left));
    }
    // Even the right one has to wait now, and a header cannot make it another address.
    let answer = login(PASSWORD)
        .header("X-Forwarded-For", "192.0.2.7")
        .send()
        .await;
    answer.refused(429, "RATE_LIMITED", "try again in");
    assert!((1..=20).contains(&answer.number("Retry-After")));
}
