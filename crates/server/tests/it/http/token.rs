//! `/api/auth/token/`, and how a token is shown.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{Gateway, PASSWORD, USERNAME};

on_both_databases![
    a_name_and_a_password_give_a_token,
    both_schemes_are_taken,
    wrong_credentials_are_401_and_do_not_tell_which_part_was_wrong,
    a_token_that_is_not_good_is_401,
    a_body_that_is_no_login_is_400,
];

async fn a_name_and_a_password_give_a_token(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let body = json!({"username": USERNAME, "password": PASSWORD});
    let answer = gateway
        .ask("POST", "/api/auth/token/")
        .json(&body)
        .send()
        .await;
    let body = answer.expect(200);
    assert_eq!(body.as_object().unwrap().len(), 1);
    let token = body["token"].as_str().unwrap();
    assert_eq!(gateway.count(token).await, 0);
}

async fn both_schemes_are_taken(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for header in [
        format!("Token {token}"),
        format!("Bearer {token}"),
        format!("token {token}"),
    ] {
        let answer = gateway
            .ask("GET", "/api/fax/list/")
            .header("Authorization", &header)
            .send()
            .await;
        assert_eq!(answer.expect(200)["count"], 0);
    }
}

async fn wrong_credentials_are_401_and_do_not_tell_which_part_was_wrong(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let mut texts = Vec::new();
    for (username, password) in [
        (USERNAME, "wrong"),
        ("nobody", PASSWORD),
        ("nobody", "wrong"),
    ] {
        let body = json!({"username": username, "password": password});
        let answer = gateway
            .ask("POST", "/api/auth/token/")
            .json(&body)
            .send()
            .await;
        answer.refused(401, "INVALID_CREDENTIALS", "");
        assert!(!answer.header("WWW-Authenticate").is_empty());
        texts.push(answer.text().to_owned());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

async fn a_token_that_is_not_good_is_401(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let good = gateway.sign_in().await;
    let expired = gateway
        .manage(
            &["token", "create", "--user", USERNAME, "--expires-days", "0"],
            "",
        )
        .await;
    let changed = good.replacen(good.chars().nth(10).unwrap(), "_", 1);
    for (header, code) in [
        (String::new(), "NOT_AUTHENTICATED"),
        ("Basic YWRtaW46YWRtaW4=".to_owned(), "NOT_AUTHENTICATED"),
        (good.clone(), "NOT_AUTHENTICATED"),
        (
            "Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b".to_owned(),
            "INVALID_TOKEN",
        ),
        (format!("Token {changed}"), "INVALID_TOKEN"),
        (format!("Token {expired}"), "TOKEN_EXPIRED"),
    ] {
        for (method, path) in [
            ("POST", "/api/fax/send/"),
            ("POST", "/api/fax/upload/"),
            ("GET", "/api/fax/list/"),
            (
                "GET",
                "/api/fax/status/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
            ),
            (
                "GET",
                "/api/fax/document/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
            ),
            (
                "POST",
                "/api/fax/cancel/3bca1e12-f50e-4bc2-a667-c67956c051b0/",
            ),
        ] {
            let answer = gateway
                .ask(method, path)
                .header("Authorization", &header)
                .send()
                .await;
            answer.refused(401, code, "");
            let wanted = answer.headers("WWW-Authenticate");
            assert!(
                wanted.iter().any(|w| w.starts_with("Token"))
                    && wanted.iter().any(|w| w.starts_with("Bearer"))
            );
        }
    }
}

async fn a_body_that_is_no_login_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let login = |body: &str| gateway.ask("POST", "/api/auth/token/").text(body);
    login("{")
        .send()
        .await
        .refused(400, "INVALID_JSON", "line 1");
    login("[]")
        .send()
        .await
        .refused(400, "INVALID_JSON", "an array");
    login("{}")
        .send()
        .await
        .refused(400, "INVALID_FIELDS", "username is required");
    login(r#"{"username": 1, "password": []}"#)
        .send()
        .await
        .refused(400, "INVALID_FIELDS", "must be a string");
    login(r#"{"username": "a\u0000", "password": "b"}"#)
        .send()
        .await
        .refused(400, "INVALID_FIELDS", "NUL");
}
