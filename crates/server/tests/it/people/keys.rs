//! API keys: made, listed, used, rotated, revoked.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::{add, ask, log_in};
use crate::under_test::{Gateway, PASSWORD, USERNAME};

const KEYS: &str = "/api/v1/auth/api-keys";

on_both_databases![
    a_key_is_shown_once_and_known_by_its_ends,
    a_key_gives_no_more_than_the_one_that_made_it,
    a_key_for_one_tenant_is_good_there_only,
    an_operators_key_for_one_tenant_is_no_operators,
    a_key_does_not_become_a_login,
    a_rotated_key_works_beside_its_successor_for_a_while,
    what_logins_make_leaves_room_for_keys,
    a_repeated_request_makes_one_key,
    a_narrow_key_is_not_answered_as_a_wide_one_was,
    what_is_wrong_with_a_key_is_named,
];

async fn make(gateway: &Gateway, token: &str, new: Value) -> Value {
    let made = ask(gateway, token, "POST", KEYS, new).await.expect(201);
    made["data"].clone()
}

async fn status(gateway: &Gateway, token: &str, path: &str) -> u16 {
    ask(gateway, token, "GET", path, Value::Null).await.status
}

async fn a_key_is_shown_once_and_known_by_its_ends(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let made = make(&gateway, &session, json!({"label": "billing"})).await;
    let secret = made["api_key"].as_str().unwrap();
    assert!(secret.starts_with("fxg_") && secret.ends_with(made["last_four"].as_str().unwrap()));
    assert_eq!(made["last_used_at"], Value::Null);
    let me = ask(&gateway, secret, "GET", "/api/v1/auth/me", Value::Null).await;
    let me = me.expect(200);
    assert_eq!(me["data"]["credential"], "api_key");
    assert_eq!(me["data"]["credential_id"], made["id"]);
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    // That it was used is written down a moment later.
    let shown = eventually("the key's use is written down", DEADLINE, async || {
        let shown = ask(&gateway, &session, "GET", &path, Value::Null).await;
        let shown = shown.expect(200)["data"].clone();
        shown["last_used_at"].is_string().then_some(shown)
    })
    .await;
    assert!(shown.get("api_key").is_none() && !shown.to_string().contains(secret));
    let listed = ask(&gateway, &session, "GET", KEYS, Value::Null).await;
    assert_eq!(listed.expect(200)["data"].as_array().unwrap().len(), 1);
    let gone = ask(&gateway, &session, "DELETE", &path, Value::Null).await;
    assert_eq!(gone.status, 204);
    assert_eq!(status(&gateway, secret, "/api/fax/list/").await, 401);
    let listed = ask(&gateway, &session, "GET", KEYS, Value::Null).await;
    assert_eq!(listed.expect(200)["data"], json!([]));
    // Somebody else's is not there.
    let made = make(&gateway, &session, json!({"label": "mine"})).await;
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let other = gateway.member("default", "ada", "admin").await;
    for method in ["GET", "DELETE"] {
        let foreign = ask(&gateway, &other, method, &path, Value::Null).await;
        foreign.refused(404, "NO_SUCH_KEY", "");
    }
    let rotate = format!("{path}/rotate");
    let foreign = ask(&gateway, &other, "POST", &rotate, json!({})).await;
    foreign.refused(404, "NO_SUCH_KEY", "");
}

async fn a_key_gives_no_more_than_the_one_that_made_it(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let ends = "2099-01-01T00:00:00Z";
    let new = json!({"label": "some", "scopes": ["fax:read", "people"], "expires_at": ends});
    let made = make(&gateway, &session, new).await;
    let some = made["api_key"].as_str().unwrap();
    for (new, code) in [
        (
            json!({"label": "more", "scopes": ["fax:send"], "expires_at": ends}),
            "SCOPE_FORBIDDEN",
        ),
        (json!({"label": "longer"}), "INVALID_EXPIRY"),
        (
            json!({"label": "later", "expires_at": "2100-01-01T00:00:00Z"}),
            "INVALID_EXPIRY",
        ),
    ] {
        let refused = ask(&gateway, some, "POST", KEYS, new).await;
        assert_eq!(refused.json()["error"]["code"], code, "{}", refused.text());
    }
    let as_much = make(
        &gateway,
        some,
        json!({"label": "as much", "expires_at": ends}),
    )
    .await;
    assert_eq!(as_much["scopes"], json!(["fax:read", "people"]));
    assert_eq!(as_much["expires_at"], ends);
    // A wider key of the same user's is not to be had by rotating it.
    let wide = make(&gateway, &session, json!({"label": "wide"})).await;
    let rotate = format!("{KEYS}/{}/rotate", wide["id"].as_str().unwrap());
    let refused = ask(&gateway, some, "POST", &rotate, json!({})).await;
    refused.refused(403, "SCOPE_FORBIDDEN", "");
}

async fn a_key_for_one_tenant_is_good_there_only(db: TestDb) {
    let gateway = Gateway::api(db).await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let add = [
        "user", "member", "add", USERNAME, "--tenant", "other", "--role", "admin",
    ];
    gateway.manage(&add, "").await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let new = json!({"label": "here", "this_tenant_only": true});
    let made = gateway
        .ask("POST", KEYS)
        .token(&session)
        .header("X-Tenant-ID", "other");
    let made = made.json(&new).send().await.expect(201);
    assert_eq!(made["data"]["tenant"], "other");
    let key = made["data"]["api_key"].as_str().unwrap();
    let list = |tenant: &str| {
        let ask = gateway.ask("GET", "/api/fax/list/").token(key);
        ask.header("X-Tenant-ID", tenant)
    };
    list("other").send().await.expect(200);
    list("").send().await.expect(200);
    list("default")
        .send()
        .await
        .refused(403, "TENANT_FORBIDDEN", "");
    let clients = ask(&gateway, key, "GET", "/api/v1/auth/clients", Value::Null).await;
    let clients = clients.expect(200);
    assert_eq!(clients["data"].as_array().unwrap().len(), 1);
    // What it makes is good there only, too.
    let made = make(&gateway, key, json!({"label": "there"})).await;
    assert_eq!(made["tenant"], "other");
    // It ends when its user leaves the tenant.
    let remove = ["user", "member", "remove", USERNAME, "--tenant", "other"];
    assert!(
        gateway
            .refuses(&remove)
            .await
            .contains("last administrator")
    );
    gateway.member("other", "ada", "admin").await;
    gateway.manage(&remove, "").await;
    assert_eq!(status(&gateway, key, "/api/fax/list/").await, 401);
}

async fn an_operators_key_for_one_tenant_is_no_operators(db: TestDb) {
    let gateway = Gateway::api(db).await;
    gateway.manage(&["tenant", "create", "other"], "").await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let new = json!({"label": "bookkeeper", "this_tenant_only": true});
    let made = make(&gateway, &session, new).await;
    let key = made["api_key"].as_str().unwrap();
    for (method, path, body) in [
        ("GET", "/api/v1/tenants", Value::Null),
        ("POST", "/api/v1/tenants", json!({"slug": "third"})),
        (
            "POST",
            "/api/v1/users",
            json!({"username": "x", "password": PASSWORD, "role": "operator"}),
        ),
    ] {
        let refused = ask(&gateway, key, method, path, body).await;
        refused.refused(403, "ROLE_FORBIDDEN", "");
    }
    let other = "/api/v1/users?tenant=other";
    let refused = ask(&gateway, key, "GET", other, Value::Null).await;
    refused.refused(404, "NO_SUCH_TENANT", "");
    // In its own tenant it is an administrator's.
    assert_eq!(status(&gateway, key, "/api/v1/users").await, 200);
    let clients = ask(&gateway, key, "GET", "/api/v1/auth/clients", Value::Null).await;
    assert_eq!(clients.expect(200)["data"][0]["role"], "admin");
}

async fn a_key_does_not_become_a_login(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let me = ask(&gateway, &session, "GET", "/api/v1/auth/me", Value::Null).await;
    let own = me.expect(200)["data"]["id"].as_str().unwrap().to_owned();
    let key = gateway.sign_in().await;
    let new = json!({"label": "people", "scopes": ["people"]});
    let people = make(&gateway, &session, new).await;
    let people = people["api_key"].as_str().unwrap();
    let chief = add(&gateway, &key, "chief", "admin", "default").await;
    let ada = add(&gateway, people, "ada", "member", "default").await;
    let chosen = json!({"password": "what the thief chose"});
    let password = |user: &str| format!("/api/v1/users/{user}/password");
    let totp = |user: &str| format!("/api/v1/users/{user}/totp");
    // One's own takes what one logs in with now, whatever is shown.
    for token in [&session, &key, people] {
        let reset = ask(&gateway, token, "POST", &password(&own), chosen.clone()).await;
        reset.refused(409, "OWN_ACCOUNT", "POST /api/v1/auth/password");
        let removed = ask(&gateway, token, "DELETE", &totp(&own), Value::Null).await;
        removed.refused(409, "OWN_ACCOUNT", "POST /api/v1/auth/totp/remove");
    }
    // That of somebody who manages takes a session.
    for token in [&key, people] {
        let reset = ask(&gateway, token, "POST", &password(&chief), chosen.clone()).await;
        reset.refused(403, "SESSION_REQUIRED", "POST /auth/login");
        let removed = ask(&gateway, token, "DELETE", &totp(&chief), Value::Null).await;
        removed.refused(403, "SESSION_REQUIRED", "");
        let reset = ask(&gateway, token, "POST", &password(&ada), chosen.clone()).await;
        assert_eq!(reset.status, 204);
    }
    let path = password(&chief);
    let reset = ask(&gateway, &session, "POST", &path, chosen.clone()).await;
    assert_eq!(reset.status, 204);
    // And nobody comes to manage by a key with scopes.
    let new = json!({"username": "mallory", "password": "what the thief chose", "role": "admin"});
    let added = ask(&gateway, people, "POST", "/api/v1/users", new).await;
    added.refused(403, "SESSION_REQUIRED", "");
    let path = format!("/api/v1/users/{ada}");
    let raised = ask(&gateway, people, "PATCH", &path, json!({"role": "admin"})).await;
    raised.refused(403, "SESSION_REQUIRED", "");
    let raised = ask(&gateway, &key, "PATCH", &path, json!({"role": "admin"})).await;
    raised.expect(200);
}

async fn a_rotated_key_works_beside_its_successor_for_a_while(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let old = make(
        &gateway,
        &session,
        json!({"label": "ci", "scopes": ["fax:read"]}),
    )
    .await;
    let secret = old["api_key"].as_str().unwrap();
    let rotate = format!("{KEYS}/{}/rotate", old["id"].as_str().unwrap());
    let rotated = ask(&gateway, &session, "POST", &rotate, Value::Null).await;
    let new = rotated.expect(201)["data"].clone();
    assert_eq!(
        (&new["scopes"], &new["label"]),
        (&old["scopes"], &old["label"])
    );
    assert_eq!(new["replaces"], old["id"]);
    let next = new["api_key"].as_str().unwrap();
    assert_eq!(status(&gateway, secret, "/api/fax/list/").await, 200);
    assert_eq!(status(&gateway, next, "/api/fax/list/").await, 200);
    // Nothing else is made of the old one: not by its owner, and not by whoever found it.
    let again = ask(&gateway, &session, "POST", &rotate, json!({})).await;
    again.refused(409, "KEY_REPLACED", "");
    let lasting = make(&gateway, &session, json!({"label": "lasting"})).await;
    let found = lasting["api_key"].as_str().unwrap();
    let renew = format!("{KEYS}/{}/rotate", lasting["id"].as_str().unwrap());
    let renewed = ask(&gateway, found, "POST", &renew, json!({})).await;
    assert_eq!(renewed.expect(201)["data"]["expires_at"], Value::Null);
    let again = ask(&gateway, found, "POST", &renew, json!({})).await;
    again.refused(409, "KEY_REPLACED", "");
    // Without an overlap the old one ends at once.
    let rotate = format!("{KEYS}/{}/rotate", new["id"].as_str().unwrap());
    let rotated = ask(
        &gateway,
        &session,
        "POST",
        &rotate,
        json!({"overlap_seconds": 0}),
    )
    .await;
    let last = rotated.expect(201)["data"]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(status(&gateway, next, "/api/fax/list/").await, 401);
    assert_eq!(status(&gateway, &last, "/api/fax/list/").await, 200);
    let again = ask(&gateway, &session, "POST", &rotate, json!({})).await;
    again.refused(409, "KEY_EXPIRED", "");
}

async fn what_logins_make_leaves_room_for_keys(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("RATE_LIMITS__LOGIN", "0")
            .with("RATE_LIMITS__MANAGE", "0")
    })
    .await;
    for _ in 0..3 {
        gateway.sign_in().await;
    }
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    for number in 0..200 {
        make(&gateway, &session, json!({"label": number.to_string()})).await;
    }
    let beyond = ask(&gateway, &session, "POST", KEYS, json!({"label": "x"})).await;
    beyond.refused(409, "TOO_MANY_KEYS", "");
    let path = format!("{KEYS}?limit=2&offset=202");
    let last = ask(&gateway, &session, "GET", &path, Value::Null).await;
    let last = last.expect(200);
    assert_eq!(last["data"][0]["label"], "199");
    assert_eq!(last["meta"]["paging"]["total"], 203);
    assert_eq!(last["meta"]["paging"]["more"], false);
    // What is rotated takes no other's room, and leaves some when it has ended.
    let id = last["data"][0]["id"].as_str().unwrap();
    let rotate = format!("{KEYS}/{id}/rotate");
    let rotated = ask(&gateway, &session, "POST", &rotate, json!({})).await;
    let id = rotated.expect(201)["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{KEYS}/{id}");
    let revoked = ask(&gateway, &session, "DELETE", &path, Value::Null).await;
    assert_eq!(revoked.status, 204);
    make(&gateway, &session, json!({"label": "room"})).await;
}

async fn a_repeated_request_makes_one_key(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let make = async || {
        let ask = gateway.ask("POST", KEYS).token(&session);
        let ask = ask.header("X-Idempotency-Key", "once");
        ask.json(&json!({"label": "once"})).send().await.expect(201)
    };
    let (first, second) = (make().await, make().await);
    assert_eq!(first["data"], second["data"]);
    let listed = ask(&gateway, &session, "GET", KEYS, Value::Null).await;
    assert_eq!(listed.expect(200)["data"].as_array().unwrap().len(), 1);
}

async fn a_narrow_key_is_not_answered_as_a_wide_one_was(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    let narrow = json!({"label": "narrow", "scopes": ["people"]});
    let narrow = make(&gateway, &session, narrow).await;
    let again = |token: String| {
        let ask = gateway.ask("POST", KEYS).token(&token);
        let ask = ask.header("Idempotency-Key", "k-1");
        ask.json(&json!({"label": "wide"})).send()
    };
    let wide = again(session.clone()).await.expect(201);
    let other = log_in(&gateway, USERNAME, PASSWORD).await;
    assert_eq!(again(other).await.expect(201)["data"], wide["data"]);
    let narrow = narrow["api_key"].as_str().unwrap().to_owned();
    again(narrow)
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "");
}

async fn what_is_wrong_with_a_key_is_named(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let session = log_in(&gateway, USERNAME, PASSWORD).await;
    for (new, code, field) in [
        (json!({}), "INVALID_FIELDS", "label"),
        (
            json!({"label": "a", "scopes": []}),
            "INVALID_FIELDS",
            "scopes",
        ),
        (
            json!({"label": "a", "scopes": ["fax:everything"]}),
            "INVALID_FIELDS",
            "scopes",
        ),
        (
            json!({"label": "a", "expires_at": "tomorrow"}),
            "INVALID_FIELDS",
            "expires_at",
        ),
        (
            json!({"label": "a", "expires_at": "2001-01-01T00:00:00Z"}),
            "INVALID_EXPIRY",
            "expires_at",
        ),
    ] {
        let refused = ask(&gateway, &session, "POST", KEYS, new).await;
        let error = refused.expect(400)["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["details"].get(field).is_some(), "{error}");
    }
    let path = format!("{KEYS}/not-an-id");
    let none = ask(&gateway, &session, "GET", &path, Value::Null).await;
    none.refused(404, "NO_SUCH_KEY", "");
}
