//! Scopes of keys against endpoints, and roles against endpoints: a table of each.

use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::Right;
use serde_json::{Value, json};

use super::ask;
use crate::under_test::{Answer, Gateway, USERNAME};

on_both_databases![
    a_key_with_one_scope_does_what_that_scope_says_and_nothing_else,
    a_role_manages_people_from_administrator_on,
];

/// An endpoint, and the scope that it needs; `None`: any key will do.
const ENDPOINTS: &[(&str, &str, Option<Right>)] = &[
    ("GET", "/api/fax/list/", Some(Right::FaxRead)),
    (
        "GET",
        "/api/fax/status/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
        Some(Right::FaxRead),
    ),
    (
        "GET",
        "/api/fax/document/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
        Some(Right::FaxRead),
    ),
    ("POST", "/api/fax/send/", Some(Right::FaxSend)),
    ("POST", "/api/fax/upload/", Some(Right::FaxSend)),
    (
        "POST",
        "/api/fax/cancel/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
        Some(Right::FaxSend),
    ),
    ("POST", "/v1/fax/jobs", Some(Right::FaxSend)),
    ("GET", "/api/v1/numbers", Some(Right::NumbersRead)),
    (
        "PATCH",
        "/api/v1/numbers/5551234567",
        Some(Right::NumbersWrite),
    ),
    ("POST", "/phone_numbers", Some(Right::NumbersWrite)),
    ("GET", "/api/v1/users", Some(Right::People)),
    ("POST", "/api/v1/users", Some(Right::People)),
    ("GET", "/api/v1/auth/api-keys", Some(Right::People)),
    ("POST", "/api/v1/auth/api-keys", Some(Right::People)),
    ("GET", "/api/v1/auth/sessions", Some(Right::People)),
    ("POST", "/api/v1/auth/password", Some(Right::People)),
    ("POST", "/api/v1/auth/totp/confirm", Some(Right::People)),
    ("GET", "/api/v1/tenants", Some(Right::Tenants)),
    ("POST", "/api/v1/tenants", Some(Right::Tenants)),
    ("GET", "/api/v1/auth/me", None),
    ("GET", "/api/v1/auth/clients", None),
];

/// Whether a key was refused for its scopes.
fn lacks_scope(answer: &Answer) -> bool {
    answer.status == 403 && answer.text().contains("this key has not the scope")
}

async fn a_key_with_one_scope_does_what_that_scope_says_and_nothing_else(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for own in Right::ALL {
        let create = [
            "token",
            "create",
            "--user",
            USERNAME,
            "--scopes",
            own.as_str(),
        ];
        let key = gateway.manage(&create, "").await;
        for (method, path, needed) in ENDPOINTS {
            let body = match *method {
                "GET" => Value::Null,
                _ => json!({}),
            };
            let answer = ask(&gateway, &key, method, path, body).await;
            let expected = needed.is_some_and(|needed| needed != *own);
            assert_eq!(
                lacks_scope(&answer),
                expected,
                "{own}: {method} {path}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

async fn a_role_manages_people_from_administrator_on(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let nobody = "/api/v1/users/3bca1e12-f50e-4bc2-a667-c67956c051b0";
    let (password, out, totp) = (
        format!("{nobody}/password"),
        format!("{nobody}/sign-out"),
        format!("{nobody}/totp"),
    );
    for (role, manages, operates) in [
        ("read-only", false, false),
        ("member", false, false),
        ("admin", true, false),
        ("operator", true, true),
    ] {
        let token = gateway
            .member("default", &format!("the-{role}"), role)
            .await;
        let new = json!({"username": "x", "password": "short", "role": "read-only"});
        for (method, path, body, status) in [
            ("GET", "/api/v1/users", Value::Null, 200),
            ("GET", nobody, Value::Null, 404),
            ("POST", "/api/v1/users", new, 400),
            ("PATCH", nobody, json!({"role": "member"}), 404),
            ("DELETE", nobody, Value::Null, 404),
            (
                "POST",
                password.as_str(),
                json!({"password": "long enough"}),
                404,
            ),
            ("POST", out.as_str(), json!({}), 404),
        ] {
            let answer = ask(&gateway, &token, method, path, body).await;
            let expected = if manages { status } else { 403 };
            assert_eq!(
                answer.status,
                expected,
                "{role}: {method} {path}: {}",
                answer.text()
            );
        }
        let answer = ask(&gateway, &token, "DELETE", &totp, Value::Null).await;
        assert_eq!(answer.status, if operates { 404 } else { 403 }, "{role}");
    }
}
