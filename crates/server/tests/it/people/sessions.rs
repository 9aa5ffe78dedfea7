//! Sessions end at once, in every way that they can.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{PASSWORD, add, ask, log_in};
use crate::under_test::{Gateway, PASSWORD as ADMINS, Settings, USERNAME};

on_both_databases![
    no_login_under_way_outlives_what_ends_everything,
    a_session_ends_by_logout_and_by_its_id,
    another_password_ends_every_session,
    a_disabled_user_is_out_at_once,
    whoever_manages_signs_others_out,
    a_session_outlives_a_restart_and_not_its_time,
];

async fn is_good(gateway: &Gateway, token: &str) -> bool {
    let answer = ask(gateway, token, "GET", "/api/v1/auth/me", Value::Null).await;
    match answer.status {
        200 => true,
        401 => false,
        other => unreachable!("{other}: {}", answer.text()),
    }
}

async fn no_login_under_way_outlives_what_ends_everything(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("RATE_LIMITS__LOGIN", "0")
    })
    .await;
    let admin = gateway.sign_in().await;
    let ada = add(&gateway, &admin, "ada", "member", "default").await;
    let path = format!("/api/v1/users/{ada}");
    let login = |path: &'static str, password: &str| {
        let shown = json!({"username": "ada", "password": password});
        gateway.ask("POST", path).json(&shown).send()
    };
    // Hashing takes long enough for the other to come between.
    for _ in 0..3 {
        let off = json!({"disabled": true});
        let (login, off) = tokio::join!(
            login("/auth/login", PASSWORD),
            ask(&gateway, &admin, "PATCH", &path, off)
        );
        off.expect(200);
        let on = json!({"disabled": false});
        ask(&gateway, &admin, "PATCH", &path, on).await.expect(200);
        match login.status {
            200 => {
                assert!(!is_good(&gateway, login.json()["access_token"].as_str().unwrap()).await)
            }
            _ => login.refused(401, "INVALID_CREDENTIALS", ""),
        }
    }
    let reset = format!("{path}/password");
    for (old, new) in [
        (PASSWORD, "another one of hers"),
        ("another one of hers", PASSWORD),
    ] {
        let new = json!({"password": new, "revoke_keys": true});
        let (login, reset) = tokio::join!(
            login("/api/auth/token/", old),
            ask(&gateway, &admin, "POST", &reset, new)
        );
        assert_eq!(reset.status, 204, "{}", reset.text());
        match login.status {
            200 => assert!(!is_good(&gateway, login.json()["token"].as_str().unwrap()).await),
            _ => login.refused(401, "INVALID_CREDENTIALS", ""),
        }
    }
}

async fn a_session_ends_by_logout_and_by_its_id(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let (one, two) = (
        log_in(&gateway, USERNAME, ADMINS).await,
        log_in(&gateway, USERNAME, ADMINS).await,
    );
    let listed = ask(&gateway, &one, "GET", "/api/v1/auth/sessions", Value::Null).await;
    let listed = listed.expect(200);
    let sessions = listed["data"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let current: Vec<_> = sessions
        .iter()
        .map(|s| s["is_current"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [false, true]);
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    // By its id.
    let path = format!(
        "/api/v1/auth/sessions/{}",
        sessions[0]["id"].as_str().unwrap()
    );
    assert_eq!(
        ask(&gateway, &one, "DELETE", &path, Value::Null)
            .await
            .status,
        204
    );
    assert!(!is_good(&gateway, &two).await && is_good(&gateway, &one).await);
    let again = ask(&gateway, &one, "DELETE", &path, Value::Null).await;
    again.refused(404, "NO_SUCH_SESSION", "");
    // By logout.
    let out = ask(&gateway, &one, "POST", "/api/v1/auth/logout", Value::Null).await;
    assert_eq!(out.status, 204);
    assert!(!is_good(&gateway, &one).await);
    // All of them.
    let (one, two) = (
        log_in(&gateway, USERNAME, ADMINS).await,
        log_in(&gateway, USERNAME, ADMINS).await,
    );
    let key = gateway.sign_in().await;
    let ended = ask(
        &gateway,
        &one,
        "DELETE",
        "/api/v1/auth/sessions",
        Value::Null,
    )
    .await;
    assert_eq!(ended.expect(200)["data"]["sessions"], 2);
    assert!(!is_good(&gateway, &one).await && !is_good(&gateway, &two).await);
    // A key is no session.
    assert!(is_good(&gateway, &key).await);
    let out = ask(&gateway, &key, "POST", "/api/v1/auth/logout", Value::Null).await;
    out.refused(400, "NO_SESSION", "");
    // Nobody ends somebody else's.
    let other = log_in(&gateway, USERNAME, ADMINS).await;
    let member = gateway.member("default", "ada", "member").await;
    let listed = ask(
        &gateway,
        &other,
        "GET",
        "/api/v1/auth/sessions",
        Value::Null,
    )
    .await;
    let listed = listed.expect(200);
    let path = format!(
        "/api/v1/auth/sessions/{}",
        listed["data"][0]["id"].as_str().unwrap()
    );
    let foreign = ask(&gateway, &member, "DELETE", &path, Value::Null).await;
    foreign.refused(404, "NO_SUCH_SESSION", "");
}

async fn another_password_ends_every_session(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let admin = gateway.sign_in().await;
    add(&gateway, &admin, "ada", "member", "default").await;
    let (one, two) = (
        log_in(&gateway, "ada", PASSWORD).await,
        log_in(&gateway, "ada", PASSWORD).await,
    );
    let path = "/api/v1/auth/password";
    let change =
        |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let wrong = ask(
        &gateway,
        &one,
        "POST",
        path,
        change("wrong", "another password"),
    )
    .await;
    wrong.refused(401, "INVALID_CREDENTIALS", "");
    let weak = ask(&gateway, &one, "POST", path, change(PASSWORD, "short")).await;
    weak.refused(400, "WEAK_PASSWORD", "at least 8 characters");
    assert!(is_good(&gateway, &one).await);
    let changed = ask(
        &gateway,
        &one,
        "POST",
        path,
        change(PASSWORD, "another password"),
    )
    .await;
    let changed = changed.expect(200);
    let fresh = changed["data"]["access_token"].as_str().unwrap();
    assert!(!is_good(&gateway, &one).await && !is_good(&gateway, &two).await);
    assert!(is_good(&gateway, fresh).await);
    log_in(&gateway, "ada", "another password").await;
}

async fn a_disabled_user_is_out_at_once(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let admin = gateway.sign_in().await;
    let user = add(&gateway, &admin, "ada", "member", "default").await;
    let session = log_in(&gateway, "ada", PASSWORD).await;
    let key = gateway.sign_in_as("ada", PASSWORD).await;
    let path = format!("/api/v1/users/{user}");
    let disabled = ask(&gateway, &admin, "PATCH", &path, json!({"disabled": true})).await;
    assert_eq!(disabled.expect(200)["data"]["disabled"], true);
    assert!(!is_good(&gateway, &session).await && !is_good(&gateway, &key).await);
    // Let in again, the key works as before, and the session stays ended.
    ask(&gateway, &admin, "PATCH", &path, json!({"disabled": false}))
        .await
        .expect(200);
    assert!(!is_good(&gateway, &session).await && is_good(&gateway, &key).await);
}

async fn whoever_manages_signs_others_out(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let admin = gateway.sign_in().await;
    let user = add(&gateway, &admin, "ada", "member", "default").await;
    let session = log_in(&gateway, "ada", PASSWORD).await;
    let key = gateway.sign_in_as("ada", PASSWORD).await;
    let path = format!("/api/v1/users/{user}/sign-out");
    let out = ask(&gateway, &admin, "POST", &path, Value::Null).await;
    let out = out.expect(200);
    assert_eq!(out["data"], json!({"sessions": 1, "api_keys": 1}));
    assert!(!is_good(&gateway, &session).await && !is_good(&gateway, &key).await);
    // Another password does not end keys, unless it is asked to.
    let (session, key) = (
        log_in(&gateway, "ada", PASSWORD).await,
        gateway.sign_in_as("ada", PASSWORD).await,
    );
    let path = format!("/api/v1/users/{user}/password");
    let reset = async |new: Value| ask(&gateway, &admin, "POST", &path, new).await.status;
    assert_eq!(reset(json!({"password": "another password"})).await, 204);
    assert!(!is_good(&gateway, &session).await && is_good(&gateway, &key).await);
    assert_eq!(
        reset(json!({"password": "a third password", "revoke_keys": true})).await,
        204
    );
    assert!(!is_good(&gateway, &key).await);
}

async fn a_session_outlives_a_restart_and_not_its_time(db: TestDb) {
    let mut gateway = Gateway::api(db).await;
    let token = log_in(&gateway, USERNAME, ADMINS).await;
    let same = |settings: Settings| settings;
    gateway.kill().await;
    gateway.start_again("api", same).await;
    assert!(is_good(&gateway, &token).await);
    // With another secret nothing that was signed before is good.
    let other =
        |settings: Settings| settings.with("SERVER__SECRET", "another secret of 32 characters!");
    gateway.kill().await;
    gateway.start_again("api", other).await;
    assert!(!is_good(&gateway, &token).await);
}
