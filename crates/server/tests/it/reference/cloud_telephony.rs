//! The API of cloud telephony: register, log in, claim a number. Where it differs: docs/api.md.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::Value;

use super::keys;
use crate::under_test::{Answer, Gateway};

on_both_databases![
    the_story_works_once_the_placeholders_are_filled_in,
    what_differs_says_so,
];

/// The body of register and login, as documented.
const CREDENTIALS: &str = r#"{
    "username": "string",
    "password": "string"
  }"#;
/// The documented answer to both.
const SESSION: [&str; 2] = ["access_token", "token_type"];
/// The body of a claim, as documented.
const NUMBER: &str = r#"{
    "phone_number": "+1234567890"
  }"#;

async fn open(db: TestDb) -> Gateway {
    Gateway::start(db, "api", |settings| {
        settings.with("AUTH__ALLOW_REGISTRATION", "true")
    })
    .await
}

async fn post(gateway: &Gateway, path: &str, body: &str) -> Answer {
    gateway.ask("POST", path).text(body).send().await
}

/// The documented body with a password in it that is long enough.
fn filled_in() -> String {
    CREDENTIALS.replace(
        r#""password": "string""#,
        r#""password": "string of secret signs""#,
    )
}

async fn the_story_works_once_the_placeholders_are_filled_in(db: TestDb) {
    let gateway = open(db).await;
    let mut token = String::new();
    for path in ["/auth/register", "/auth/login"] {
        let session = post(&gateway, path, &filled_in()).await.expect(200);
        assert_eq!(keys(&session), SESSION, "{path}");
        assert_eq!(session["token_type"], "bearer");
        token = session["access_token"].as_str().unwrap().to_owned();
    }
    let claim = gateway
        .ask("POST", "/phone_numbers")
        .header("Authorization", &format!("Bearer {token}"));
    let claimed = claim.text(NUMBER).send().await.expect(200);
    assert_eq!(keys(&claimed), ["id", "phone_number", "user_id"]);
    assert_eq!(claimed["phone_number"], "+1234567890");
    assert!(claimed["id"].is_i64() && claimed["user_id"].is_i64());
}

async fn what_differs_says_so(db: TestDb) {
    let gateway = open(db).await;
    // Eight characters at least.
    let weak = post(&gateway, "/auth/register", CREDENTIALS).await;
    weak.refused(400, "WEAK_PASSWORD", "8 characters");
    post(&gateway, "/auth/register", &filled_in())
        .await
        .expect(200);
    let again = post(&gateway, "/auth/register", &filled_in()).await;
    again.refused(409, "USERNAME_TAKEN", "");
    let nobody = post(&gateway, "/phone_numbers", NUMBER).await;
    nobody.refused(401, "NOT_AUTHENTICATED", "");
    // The document of the endpoints is elsewhere.
    let docs = gateway.ask("GET", "/docs").send().await;
    assert_eq!(docs.status, 404);
    let docs = gateway.ask("GET", "/api/docs/").send().await;
    assert_eq!(docs.status, 200);
    let document = gateway.ask("GET", "/api/openapi.json").send().await;
    let document: Value = document.expect(200);
    for path in ["/auth/register", "/auth/login", "/phone_numbers"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
}
