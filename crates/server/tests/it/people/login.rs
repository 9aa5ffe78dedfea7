//! Logins: sessions, and what slows guessing down.

use faxgate_core::Credentials;
use faxgate_test_support::{Raw, Seed, TestDb, on_both_databases};
use serde_json::json;

use super::{PASSWORD as OTHERS, SESSION, add, ask, log_in};
use crate::under_test::{Gateway, PASSWORD, USERNAME, app};

on_both_databases![
    a_login_gives_a_token_that_works_everywhere,
    wrong_credentials_are_answered_alike,
    whoever_guesses_waits_and_others_do_not,
    names_that_nobody_has_are_one_line_an_hour_without_them,
    both_names_of_the_tenants_header_work_on_every_endpoint,
];

async fn a_login_gives_a_token_that_works_everywhere(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in ["/auth/login", "/auth/login/", "/api/v1/auth/login"] {
        let shown = json!({"username": USERNAME, "password": PASSWORD});
        let body = gateway
            .ask("POST", path)
            .json(&shown)
            .send()
            .await
            .expect(200);
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        assert_eq!(body["token_type"], "bearer");
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(token.split('.').count(), 3);
        for (scheme, path) in [
            ("Bearer", "/api/fax/list/"),
            ("Token", "/api/fax/list/"),
            ("bearer", "/api/v1/numbers"),
            ("Bearer", "/api/v1/auth/me"),
        ] {
            let header = format!("{scheme} {token}");
            let answer = gateway.ask("GET", path).header("Authorization", &header);
            answer.send().await.expect(200);
        }
    }
    // A token that somebody changed is none.
    let token = log_in(&gateway, USERNAME, PASSWORD).await;
    let mut changed = token.clone();
    changed.insert(token.rfind('.').unwrap(), 'A');
    for wrong in [changed.as_str(), "a.b.c", ".."] {
        let refused = ask(&gateway, wrong, "GET", "/api/fax/list/", json!(null)).await;
        refused.refused(401, "INVALID_TOKEN", "");
    }
}

async fn wrong_credentials_are_answered_alike(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let admin = gateway.sign_in().await;
    let user = add(&gateway, &admin, "gone", "member", "default").await;
    let path = format!("/api/v1/users/{user}");
    ask(&gateway, &admin, "PATCH", &path, json!({"disabled": true}))
        .await
        .expect(200);
    let mut texts = Vec::new();
    for (username, password) in [
        (USERNAME, "wrong"),
        ("nobody", PASSWORD),
        ("gone", OTHERS),
        ("gone", "wrong"),
    ] {
        let shown = json!({"username": username, "password": password});
        let answer = gateway.ask("POST", SESSION).json(&shown).send().await;
        answer.refused(401, "INVALID_CREDENTIALS", "");
        texts.push(answer.text().to_owned());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

async fn whoever_guesses_waits_and_others_do_not(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("RATE_LIMITS__LOGIN", "0")
    })
    .await;
    let admin = gateway.sign_in().await;
    add(&gateway, &admin, "ada", "member", "default").await;
    let tries = async |username: &str| {
        let mut codes = Vec::new();
        for _ in 0..12 {
            let shown = json!({"username": username, "password": "guess"});
            let answer = gateway.ask("POST", SESSION).json(&shown).send().await;
            if answer.status == 429 {
                assert!(answer.number("Retry-After") >= 1);
            }
            codes.push(answer.json()["code"].as_str().unwrap().to_owned());
        }
        codes
    };
    // Ten are free, whether there is such a user or not.
    for name in ["ada", "nobody-at-all"] {
        let codes = tries(name).await;
        assert!(
            codes[..10].iter().all(|code| code == "INVALID_CREDENTIALS"),
            "{codes:?}"
        );
        assert!(
            codes[10..].iter().any(|code| code == "TOO_MANY_TRIES"),
            "{codes:?}"
        );
    }
    // What the right password is makes no difference meanwhile; other accounts are free to log in.
    log_in(&gateway, USERNAME, PASSWORD).await;
}

async fn names_that_nobody_has_are_one_line_an_hour_without_them(db: TestDb) {
    let seed = Seed::new(&db);
    let folder = tempfile::tempdir().unwrap();
    let app = app(&db, "one", &seed.ambient, folder.path()).await;
    for username in ["my password, by mistake", "somebody", "somebody"] {
        let shown = Credentials {
            username: username.to_owned(),
            password: "a guess".to_owned(),
            totp: None,
        };
        let refused = app.log_in(shown, None).await.unwrap_err();
        assert_eq!(refused.code, "INVALID_CREDENTIALS");
    }
    let raw = Raw::of(&db);
    let log = "SELECT action || ' ' || object || ' ' || details AS line FROM audit_entries";
    assert_eq!(raw.lines(log).await, [""; 0]);
    for _ in 0..2 {
        app.tidy_logins().await.unwrap();
        assert_eq!(
            raw.lines(log).await,
            [r#"user.logins_refused nobody {"logins":3}"#]
        );
    }
}

async fn both_names_of_the_tenants_header_work_on_every_endpoint(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = log_in(&gateway, USERNAME, PASSWORD).await;
    for path in ["/api/fax/list/", "/api/v1/numbers"] {
        for header in ["X-Tenant-ID", "x-client-id"] {
            let ask = |tenant: &str| {
                gateway
                    .ask("GET", path)
                    .token(&token)
                    .header(header, tenant)
            };
            ask("default").send().await.expect(200);
            ask("another")
                .send()
                .await
                .refused(403, "TENANT_FORBIDDEN", "");
        }
    }
}
