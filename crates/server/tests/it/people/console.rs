//! `faxgate user` and `faxgate token`, beside a running gateway.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{ask, log_in};
use crate::under_test::{Gateway, PASSWORD, USERNAME};

on_both_databases![
    users_are_managed_at_the_console,
    tokens_are_made_for_scopes_and_tenants,
    what_was_done_stands_in_the_audit_log,
];

async fn users_are_managed_at_the_console(db: TestDb) {
    let gateway = Gateway::api(db).await;
    gateway.member("default", "ada", "member").await;
    let session = log_in(&gateway, "ada", PASSWORD_OF_MEMBERS).await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let run = async |arguments: &[&str]| gateway.manage(arguments, "").await;
    let add = [
        "user",
        "member",
        "add",
        "ada",
        "--tenant",
        "other",
        "--role",
        "admin",
        "--default",
    ];
    assert_eq!(run(&add).await, "ada\tadmin of other, member of default");
    let role = ["user", "role", "ada", "read-only", "--tenant", "default"];
    assert_eq!(
        run(&role).await,
        "ada\tadmin of other, read-only of default"
    );
    let last = gateway.refuses(&["user", "disable", "ada"]).await;
    assert!(last.contains("the last administrator of `other`"), "{last}");
    gateway.member("other", "bo", "admin").await;
    assert!(
        run(&["user", "disable", "ada"])
            .await
            .ends_with("\tdisabled")
    );
    let me = ask(&gateway, &session, "GET", "/api/v1/auth/me", Value::Null).await;
    assert_eq!(me.status, 401);
    assert!(run(&["user", "list"]).await.contains("\tdisabled"));
    assert!(!run(&["user", "enable", "ada"]).await.contains("disabled"));
    let remove = ["user", "member", "remove", "ada", "--tenant", "default"];
    assert_eq!(run(&remove).await, "ada\tadmin of other");
    let unknown = ["user", "disable", "nobody"];
    assert!(gateway.refuses(&unknown).await.contains("no user `nobody`"));
}

async fn tokens_are_made_for_scopes_and_tenants(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let create = [
        "token",
        "create",
        "--user",
        USERNAME,
        "--scopes",
        "fax:read,fax:send",
        "--tenant",
        "default",
    ];
    let token = gateway.manage(&create, "").await;
    let me = ask(&gateway, &token, "GET", "/api/v1/auth/me", Value::Null).await;
    assert_eq!(
        me.expect(200)["data"]["scopes"],
        json!(["fax:read", "fax:send"])
    );
    let listed = gateway.manage(&["token", "list"], "").await;
    assert!(listed.contains("fax:read fax:send of default"), "{listed}");
    assert!(listed.contains(&token[token.len() - 4..]) && !listed.contains(&token));
    let wrong = [
        "token",
        "create",
        "--user",
        USERNAME,
        "--scopes",
        "everything",
    ];
    assert!(gateway.refuses(&wrong).await.contains("unknown scope"));
}

async fn what_was_done_stands_in_the_audit_log(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let shown = json!({"username": USERNAME, "password": "wrong"});
    gateway.ask("POST", "/auth/login").json(&shown).send().await;
    let new = json!({"label": "audited"});
    ask(&gateway, &session, "POST", "/api/v1/auth/api-keys", new)
        .await
        .expect(201);
    let log = ask(&gateway, &session, "GET", "/api/v1/audit", Value::Null).await;
    let log = log.expect(200);
    let actions: Vec<_> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    for action in ["user.logged_in", "user.login_refused", "key.created"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    assert!(!log.to_string().contains("wrong password"));
}

/// What [`Gateway::member`] gives everybody.
const PASSWORD_OF_MEMBERS: &str = PASSWORD;
