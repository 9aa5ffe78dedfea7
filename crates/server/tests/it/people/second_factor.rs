//! Second factors: enrolled, confirmed, asked for, used once.

use std::time::{SystemTime, UNIX_EPOCH};

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use super::{SESSION, ask, log_in};
use crate::under_test::{Answer, Gateway, PASSWORD, USERNAME};

const TOTP: &str = "/api/v1/auth/totp";

on_both_databases![
    a_second_factor_is_asked_for_once_it_is_confirmed,
    a_recovery_code_works_once_and_an_operator_can_take_the_factor_away,
    whoever_found_a_key_or_a_session_locks_nobody_out,
    operators_need_one_where_the_settings_say_so,
    without_a_secret_that_is_kept_none_is_enrolled,
];

/// An authenticator with this secret.
struct Device(Totp);

impl Device {
    /// The code of the time step that lies `steps` after this one.
    #[expect(
        clippy::disallowed_methods,
        reason = "the gateway under test has the machine's clock"
    )]
    fn code(&self, steps: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.0.generate(now.as_secs() + 30 * steps).to_string()
    }
}

/// The password, once more.
fn again() -> Value {
    json!({"password": PASSWORD})
}

async fn enrol(gateway: &Gateway, token: &str) -> Device {
    let enrolled = ask(gateway, token, "POST", TOTP, again()).await;
    let enrolled = enrolled.expect(201);
    let secret = enrolled["data"]["secret"].as_str().unwrap();
    let uri = enrolled["data"]["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Faxgate:") && uri.contains(secret),
        "{uri}"
    );
    let secret = Secret::try_from_base32(secret).unwrap();
    Device(Builder::new().with_secret(secret).build().unwrap())
}

async fn confirm(gateway: &Gateway, token: &str, code: &str) -> Answer {
    let path = format!("{TOTP}/confirm");
    ask(gateway, token, "POST", &path, json!({"totp": code})).await
}

async fn login(gateway: &Gateway, path: &str, totp: Value) -> Answer {
    let shown = json!({"username": USERNAME, "password": PASSWORD, "totp": totp});
    gateway.ask("POST", path).json(&shown).send().await
}

async fn a_second_factor_is_asked_for_once_it_is_confirmed(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    enrol(&gateway, &session).await;
    // Not confirmed, it is not asked for; and another takes its place.
    log_in(&gateway, USERNAME, PASSWORD).await;
    let device = enrol(&gateway, &session).await;
    confirm(&gateway, &session, "000000x")
        .await
        .refused(400, "INVALID_TOTP", "");
    let code = device.code(0);
    let codes = confirm(&gateway, &session, &code).await.expect(200);
    assert_eq!(
        codes["data"]["recovery_codes"].as_array().unwrap().len(),
        10
    );
    let me = ask(&gateway, &session, "GET", "/api/v1/auth/me", Value::Null).await;
    assert_eq!(me.expect(200)["data"]["has_totp"], true);
    for path in [SESSION, "/api/auth/token/"] {
        login(&gateway, path, Value::Null)
            .await
            .refused(401, "TOTP_REQUIRED", "");
        // The code that confirmed it is used up.
        login(&gateway, path, json!(code))
            .await
            .refused(401, "INVALID_TOTP", "");
    }
    // A clock that is one step ahead is all right, once.
    let next = device.code(1);
    login(&gateway, SESSION, json!(next)).await.expect(200);
    login(&gateway, SESSION, json!(next))
        .await
        .refused(401, "INVALID_TOTP", "");
    let again = ask(&gateway, &session, "POST", TOTP, again()).await;
    again.refused(409, "TOTP_ENROLLED", "");
    // With a wrong password nobody learns that there is one.
    let shown = json!({"username": USERNAME, "password": "wrong"});
    let wrong = gateway.ask("POST", SESSION).json(&shown).send().await;
    wrong.refused(401, "INVALID_CREDENTIALS", "");
}

async fn a_recovery_code_works_once_and_an_operator_can_take_the_factor_away(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let device = enrol(&gateway, &session).await;
    let codes = confirm(&gateway, &session, &device.code(0))
        .await
        .expect(200);
    let codes = &codes["data"]["recovery_codes"];
    login(&gateway, SESSION, codes[0].clone()).await.expect(200);
    login(&gateway, SESSION, codes[0].clone())
        .await
        .refused(401, "INVALID_TOTP", "");
    let me = ask(&gateway, &session, "GET", "/api/v1/auth/me", Value::Null).await;
    assert_eq!(me.expect(200)["data"]["recovery_codes"], 9);
    // Their owner takes it away with the password and a code.
    let remove = format!("{TOTP}/remove");
    let only = json!({"password": PASSWORD});
    ask(&gateway, &session, "POST", &remove, only)
        .await
        .refused(401, "TOTP_REQUIRED", "");
    let both = json!({"password": PASSWORD, "totp": codes[1]});
    assert_eq!(
        ask(&gateway, &session, "POST", &remove, both).await.status,
        204
    );
    login(&gateway, SESSION, Value::Null).await.expect(200);
    // The console does so without any.
    let device = enrol(&gateway, &session).await;
    confirm(&gateway, &session, &device.code(1))
        .await
        .expect(200);
    gateway.manage(&["user", "totp-reset", USERNAME], "").await;
    login(&gateway, SESSION, Value::Null).await.expect(200);
}

async fn whoever_found_a_key_or_a_session_locks_nobody_out(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let key = gateway.sign_in().await;
    let refused = ask(&gateway, &key, "POST", TOTP, again()).await;
    refused.refused(403, "SESSION_REQUIRED", "POST /auth/login");
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let guess = json!({"password": "a guess"});
    let refused = ask(&gateway, &session, "POST", TOTP, guess).await;
    refused.refused(401, "INVALID_CREDENTIALS", "");
    let refused = ask(&gateway, &session, "POST", TOTP, json!({})).await;
    refused.refused(400, "INVALID_FIELDS", "");
    let device = enrol(&gateway, &session).await;
    confirm(&gateway, &key, &device.code(0))
        .await
        .refused(403, "SESSION_REQUIRED", "");
    log_in(&gateway, USERNAME, PASSWORD).await;
}

async fn operators_need_one_where_the_settings_say_so(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("AUTH__OPERATORS_NEED_TOTP", "true")
    })
    .await;
    let key = gateway.sign_in().await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    for token in [&key, &session] {
        let list = ask(&gateway, token, "GET", "/api/fax/list/", Value::Null).await;
        list.refused(403, "TOTP_ENROLMENT_REQUIRED", "/api/v1/auth/totp");
        ask(&gateway, token, "GET", "/api/v1/auth/me", Value::Null)
            .await
            .expect(200);
    }
    let device = enrol(&gateway, &session).await;
    confirm(&gateway, &session, &device.code(0))
        .await
        .expect(200);
    for token in [&key, &session] {
        ask(&gateway, token, "GET", "/api/fax/list/", Value::Null)
            .await
            .expect(200);
    }
}

async fn without_a_secret_that_is_kept_none_is_enrolled(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| settings.without("SERVER__SECRET")).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let refused = ask(&gateway, &session, "POST", TOTP, again()).await;
    refused.refused(409, "SECRET_NOT_SET", "FAXGATE_SERVER__SECRET");
}
