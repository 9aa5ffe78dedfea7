//! What all paths have in common

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::Value;

use crate::under_test::{Gateway, Rows};

on_both_databases![
    every_path_works_with_and_without_the_trailing_slash,
    unknown_paths_and_wrong_methods_are_answered_in_json,
    every_answer_makes_browsers_careful_and_has_an_id,
    the_gateway_describes_itself,
    health_is_told_without_a_token,
    readiness_tells_what_is_missing_and_fails_without_migrations,
    the_log_has_no_secrets,
];

/// Method and path of every endpoint that takes a token.
const ENDPOINTS: [(&str, &str); 6] = [
    ("POST", "/api/fax/upload"),
    ("POST", "/api/fax/send"),
    (
        "GET",
        "/api/fax/status/3bca1e12-f50e-4bc2-a667-c67956c051b0",
    ),
    ("GET", "/api/fax/list"),
    (
        "POST",
        "/api/fax/cancel/3bca1e12-f50e-4bc2-a667-c67956c051b0",
    ),
    (
        "GET",
        "/api/fax/document/3bca1e12-f50e-4bc2-a667-c67956c051b0",
    ),
];

async fn every_path_works_with_and_without_the_trailing_slash(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let open = [
        ("POST", "/api/auth/token"),
        ("POST", "/api/fax/webhook/inbound"),
        ("GET", "/health"),
        ("GET", "/health/ready"),
        ("GET", "/api/openapi.json"),
    ];
    for (method, path) in ENDPOINTS.iter().chain(&open) {
        let without = gateway.ask(method, path).token(&token).send().await;
        let with = gateway
            .ask(method, &format!("{path}/"))
            .token(&token)
            .send()
            .await;
        assert_eq!(without.status, with.status, "{path}");
        assert_eq!(without.body, with.body, "{path}");
        let code = without.json()["code"].clone();
        assert!(
            code != "NO_SUCH_PATH" && code != "METHOD_NOT_ALLOWED",
            "{path}: {code}"
        );
    }
}

async fn unknown_paths_and_wrong_methods_are_answered_in_json(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in [
        "/",
        "/nothing",
        "/api",
        "/api/",
        "/api/fax/",
        "/api/fax/sending/",
        "/api/v9/x",
        "/health/more",
        "/%ff",
    ] {
        gateway
            .ask("GET", path)
            .send()
            .await
            .refused(404, "NO_SUCH_PATH", "/api/docs/");
    }
    for (method, path) in ENDPOINTS {
        for (wrong, allowed) in [("DELETE", method), ("PUT", method), ("OPTIONS", method)] {
            let answer = gateway.ask(wrong, path).send().await;
            answer.refused(405, "METHOD_NOT_ALLOWED", allowed);
            assert!(answer.header("Allow").starts_with(allowed), "{path}");
        }
    }
    gateway
        .ask("GET", "/api/fax/send/")
        .send()
        .await
        .refused(405, "METHOD_NOT_ALLOWED", "POST");
    gateway.ask("POST", "/api/fax/list/").send().await.refused(
        405,
        "METHOD_NOT_ALLOWED",
        "GET, HEAD",
    );
}

async fn every_answer_makes_browsers_careful_and_has_an_id(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in [
        "/api/fax/list/",
        "/api/openapi.json",
        "/api/docs/",
        "/health",
        "/api/nothing",
        "/nothing",
    ] {
        let answer = gateway.ask("GET", path).send().await;
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff", "{path}");
        assert_eq!(answer.header("X-Frame-Options"), "DENY", "{path}");
        assert!(
            answer
                .header("Content-Security-Policy")
                .contains("default-src"),
            "{path}"
        );
        assert!(!answer.header("X-Request-Id").is_empty(), "{path}");
        assert!(
            ["no-store", "no-cache"].contains(&answer.header("Cache-Control")),
            "{path}"
        );
    }
    let ask = |id: &str| {
        gateway
            .ask("GET", "/api/fax/list/")
            .header("X-Request-Id", id)
    };
    assert_eq!(
        ask("their-id.7").send().await.header("X-Request-Id"),
        "their-id.7"
    );
    assert_ne!(
        ask("{\"a\": 1}").send().await.header("X-Request-Id"),
        "{\"a\": 1}"
    );
}

async fn the_gateway_describes_itself(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let document = gateway
        .ask("GET", "/api/openapi.json")
        .send()
        .await
        .expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    // What it describes is there.
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let path = path.replace("{uuid}", "3bca1e12-f50e-4bc2-a667-c67956c051b0");
            let answer = gateway.ask(&method.to_uppercase(), &path).send().await;
            let code = serde_json::from_slice::<Value>(&answer.body)
                .map_or(Value::Null, |body| body["code"].clone());
            assert!(
                code != "NO_SUCH_PATH" && code != "METHOD_NOT_ALLOWED",
                "{method} {path}: {code}"
            );
            let described = &document["paths"]
                .as_object()
                .unwrap()
                .iter()
                .find(|(p, _)| p.replace("{uuid}", "3bca1e12-f50e-4bc2-a667-c67956c051b0") == path)
                .unwrap()
                .1[method];
            assert!(
                described["responses"][answer.status.to_string()].is_object(),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
    let redirect = gateway.ask("GET", "/api/docs").send().await;
    assert_eq!(
        (redirect.status, redirect.header("Location")),
        (308, "docs/")
    );
    let page = gateway.ask("GET", "/api/docs/").send().await;
    assert!(page.text().contains("swagger-ui") && !page.text().contains("https://"));
    for asset in [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
    ] {
        let answer = gateway
            .ask("GET", &format!("/api/docs/{asset}"))
            .send()
            .await;
        assert_eq!(answer.status, 200, "{asset}");
    }
    gateway
        .ask("GET", "/api/docs/../../etc/passwd")
        .send()
        .await
        .refused(404, "NO_SUCH_PATH", "");
    gateway
        .ask("GET", "/api/docs/nothing.js")
        .send()
        .await
        .refused(404, "NO_SUCH_PATH", "");
}

async fn health_is_told_without_a_token(db: TestDb) {
    let gateway = Gateway::api(db).await;
    assert_eq!(
        gateway.ask("GET", "/health").send().await.expect(200)["status"],
        "ok"
    );
    let ready = gateway.ask("GET", "/health/ready").send().await.expect(200);
    assert_eq!(ready["status"], "ready");
    assert_eq!(
        ready["missing"],
        serde_json::json!(["no process dispatches: what is sent waits"])
    );
}

async fn readiness_tells_what_is_missing_and_fails_without_migrations(db: TestDb) {
    let empty = TestDb::empty(db.kind()).await;
    let gateway = Gateway::start(empty, "api", |settings| {
        settings
            .with("DATABASE__AUTO_MIGRATE", "false")
            .without("BOOTSTRAP__USERNAME")
            .without("BOOTSTRAP__PASSWORD")
            .without("BOOTSTRAP__DIDS")
    })
    .await;
    let ready = async || gateway.ask("GET", "/health/ready").send().await;
    ready()
        .await
        .refused(503, "NOT_MIGRATED", "faxgate migrate");
    gateway.manage(&["migrate"], "").await;
    assert_eq!(ready().await.expect(200)["status"], "ready");
    drop(gateway);

    let rows = Rows::of(&db);
    let gateway = Gateway::whole(db).await;
    let missing =
        async || gateway.ask("GET", "/health/ready").send().await.expect(200)["missing"].clone();
    eventually("nothing is missing", DEADLINE, async || {
        missing().await.is_null().then_some(())
    })
    .await;
    rows.pause("simulator", "the carrier refuses the account")
        .await;
    assert_eq!(
        missing().await,
        serde_json::json!(["every line is paused: what is sent waits"])
    );
}

async fn the_log_has_no_secrets(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| s.with("SERVER__LOG_FILTER", "debug")).await;
    let token = gateway.sign_in().await;
    gateway.fax(&token, "5559876543").await;
    gateway
        .ask("GET", "/api/fax/list/?status=hunter2")
        .token(&token)
        .send()
        .await;
    gateway.ask("GET", "/hunter2").send().await;
    let log = gateway.log().join("\n");
    assert!(log.contains("/api/fax/send"), "requests are logged");
    for secret in [
        &token,
        crate::under_test::PASSWORD,
        crate::under_test::WEBHOOK_SECRET,
        crate::under_test::SECRET,
        "hunter2",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}
