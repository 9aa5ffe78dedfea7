//! The backend API: its headers, its envelope, its endpoints for people, webhooks and campaigns. Where it differs: docs/api.md.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::keys;
use crate::under_test::{Answer, Gateway, PASSWORD, USERNAME};

on_both_databases![
    people_and_keys_are_answered_in_the_documented_envelope,
    webhook_endpoints_are_made_listed_and_deleted,
    a_campaign_is_made_filled_and_scheduled,
    a_repeated_request_has_the_documented_key,
    errors_have_the_documented_shape,
    what_is_not_about_faxes_is_not_there,
];

/// Somebody with a JWT, and the id of their client.
struct Client {
    gateway: Gateway,
    jwt: String,
    id: String,
}

impl Client {
    async fn new(db: TestDb) -> Self {
        let gateway = Gateway::start(db, "api", |settings| {
            settings.with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
        })
        .await;
        let shown = json!({"username": USERNAME, "password": PASSWORD});
        let session = gateway.ask("POST", "/api/v1/auth/login").json(&shown);
        let session = session.send().await.expect(200);
        let jwt = session["access_token"].as_str().unwrap().to_owned();
        let clients = gateway.ask("GET", "/api/v1/auth/clients").token(&jwt);
        let clients = clients.send().await.expect(200);
        let id = clients["data"][0]["id"].as_str().unwrap().to_owned();
        Self { gateway, jwt, id }
    }

    /// With the documented headers, and a key where one is given.
    async fn ask(&self, method: &str, path: &str, key: Option<&str>, body: Value) -> Answer {
        let ask = self
            .gateway
            .ask(method, path)
            .header("Authorization", &format!("Bearer {}", self.jwt))
            .header("x-client-id", &self.id)
            .header("Content-Type", "application/json");
        let ask = match key {
            Some(key) => ask.header("X-Idempotency-Key", key),
            None => ask,
        };
        match body.is_null() {
            true => ask.send().await,
            false => ask.body(body.to_string().as_bytes()).send().await,
        }
    }

    /// The `data` of the documented envelope.
    async fn data(&self, method: &str, path: &str, status: u16, body: Value) -> Value {
        let answer = self.ask(method, path, None, body).await.expect(status);
        assert_eq!(keys(&answer), ["data", "meta"], "{method} {path}");
        is_about_the_request(&answer["meta"]);
        answer["data"].clone()
    }
}

/// `request_id`, and `ts` as `2025-10-19T10:00:00Z`.
fn is_about_the_request(meta: &Value) {
    assert!(!meta["request_id"].as_str().unwrap().is_empty());
    let ts = meta["ts"].as_str().unwrap();
    let digits = |from: usize, to: usize| ts[from..to].bytes().all(|b| b.is_ascii_digit());
    assert!(
        ts.len() == 20 && ts.ends_with('Z') && &ts[10..11] == "T",
        "{ts}"
    );
    assert!(digits(0, 4) && digits(11, 13) && digits(17, 19), "{ts}");
}

async fn people_and_keys_are_answered_in_the_documented_envelope(db: TestDb) {
    let client = Client::new(db).await;
    let me = client
        .data("GET", "/api/v1/auth/me", 200, Value::Null)
        .await;
    assert_eq!(me["username"], USERNAME);
    let clients = client
        .data("GET", "/api/v1/auth/clients", 200, Value::Null)
        .await;
    assert_eq!(clients[0]["id"], client.id.as_str());
    let new = json!({"label": "integration"});
    let key = client.data("POST", "/api/v1/auth/api-keys", 201, new).await;
    let key = key["api_key"].as_str().unwrap();
    let me = client.gateway.ask("GET", "/api/v1/auth/me").token(key);
    assert_eq!(me.send().await.expect(200)["data"]["credential"], "api_key");
}

async fn webhook_endpoints_are_made_listed_and_deleted(db: TestDb) {
    let client = Client::new(db).await;
    let path = "/api/v1/webhooks";
    let new = json!({"url": "https://127.0.0.1:4711/faxes"});
    let made = client.data("POST", path, 201, new).await;
    let id = made["id"].as_str().unwrap();
    let listed = client.data("GET", path, 200, Value::Null).await;
    assert_eq!(listed[0]["id"], id);
    let one = format!("{path}/{id}");
    let gone = client.ask("DELETE", &one, None, Value::Null).await;
    assert_eq!(gone.status, 200);
    let listed = client.data("GET", path, 200, Value::Null).await;
    assert_eq!(listed, json!([]));
}

async fn a_campaign_is_made_filled_and_scheduled(db: TestDb) {
    let client = Client::new(db).await;
    let filename = client.gateway.upload(&client.jwt, 1).await;
    let path = "/api/v1/campaigns";
    let new = json!({"name": "Spring", "filename": filename});
    let made = client.data("POST", path, 201, new).await;
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let contacts = format!("{one}/contacts");
    let link = client
        .data("POST", &format!("{contacts}/presign"), 200, json!({}))
        .await;
    assert!(link["url"].as_str().unwrap().starts_with("http"), "{link}");
    let some = json!({"numbers": ["+13125550101", "+13125550102"]});
    let added = client.data("POST", &contacts, 200, some).await;
    assert_eq!(added["total"], 2);
    client
        .data("POST", &format!("{one}/schedule"), 200, json!({}))
        .await;
    let shown = client.data("GET", &one, 200, Value::Null).await;
    assert_eq!(shown["id"], made["id"]);
    assert_ne!(shown["status"], "draft");
}

async fn a_repeated_request_has_the_documented_key(db: TestDb) {
    let client = Client::new(db).await;
    let (path, key) = (
        "/api/v1/auth/api-keys",
        "6d0f6a6e-9f1b-4b8e-8a35-2f6f0b0f8f11",
    );
    let new = json!({"label": "once"});
    let first = client.ask("POST", path, Some(key), new.clone()).await;
    let again = client.ask("POST", path, Some(key), new).await;
    assert_eq!(first.expect(201), again.expect(201));
    let other = json!({"label": "another"});
    let other = client.ask("POST", path, Some(key), other).await;
    other.refused(409, "IDEMPOTENCY_KEY_REUSED", "");
}

async fn errors_have_the_documented_shape(db: TestDb) {
    let client = Client::new(db).await;
    let nothing = "/api/v1/campaigns/0199a0c0-0000-7000-8000-000000000000";
    for (method, path, status) in [
        ("GET", nothing, 404),
        ("POST", "/api/v1/webhooks", 400),
        ("GET", "/api/v1/nothing", 404),
    ] {
        let body = match method {
            "POST" => json!({}),
            _ => Value::Null,
        };
        let refused = client.ask(method, path, None, body).await.expect(status);
        assert_eq!(keys(&refused), ["error"]);
        let error = &refused["error"];
        assert_eq!(
            keys(error),
            ["code", "details", "message", "request_id", "ts"],
            "{path}"
        );
        is_about_the_request(error);
        assert!(error["details"].is_object() && error["message"].is_string());
    }
    let mut foreign = client;
    foreign.id = "0199a0c0-0000-7000-8000-000000000000".to_owned();
    let refused = foreign.ask("GET", "/api/v1/webhooks", None, Value::Null);
    refused.await.refused(403, "TENANT_FORBIDDEN", "");
}

async fn what_is_not_about_faxes_is_not_there(db: TestDb) {
    let client = Client::new(db).await;
    for (method, path) in [
        ("PATCH", "/api/v1/auth/providers/tts"),
        ("GET", "/api/v1/voices"),
        ("GET", "/api/v1/agents"),
        ("POST", "/api/v1/kb"),
        ("POST", "/api/v1/calls"),
        ("GET", "/api/v1/tools"),
    ] {
        let body = match method {
            "GET" => Value::Null,
            _ => json!({}),
        };
        let refused = client.ask(method, path, None, body).await;
        refused.refused(404, "NO_SUCH_PATH", "/api/docs/");
    }
    // Nobody's notices come in by the path of an endpoint.
    for sender in ["ultravox", "stripe"] {
        let path = format!("/api/v1/webhooks/{sender}");
        let refused = client.ask("POST", &path, None, json!({})).await;
        refused.refused(405, "METHOD_NOT_ALLOWED", "");
    }
}
