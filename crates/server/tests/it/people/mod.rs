//! People: logins, sessions, keys with scopes, second factors, and who may do what to whom.

mod console;
mod keys;
mod login;
mod manage;
mod register;
mod rights;
mod second_factor;
mod sessions;

use serde_json::{Value, json};

use crate::under_test::{Answer, Gateway};

/// What `Gateway::member` gives everybody.
const SESSION: &str = "/auth/login";

/// Logs in; gives the session's token.
async fn log_in(gateway: &Gateway, username: &str, password: &str) -> String {
    let shown = json!({"username": username, "password": password});
    let body = gateway.ask("POST", SESSION).json(&shown).send().await;
    let body = body.expect(200);
    assert_eq!(body["token_type"], "bearer");
    body["access_token"].as_str().unwrap().to_owned()
}

/// Asks with a token, and a body where one is given.
async fn ask(gateway: &Gateway, token: &str, method: &str, path: &str, body: Value) -> Answer {
    let ask = gateway.ask(method, path).token(token);
    match body.is_null() {
        true => ask.send().await,
        false => ask.json(&body).send().await,
    }
}

/// Adds a user by API; gives their id.
async fn add(gateway: &Gateway, token: &str, username: &str, role: &str, tenant: &str) -> String {
    let new = json!({"username": username, "password": PASSWORD, "role": role, "tenant": tenant});
    let added = ask(gateway, token, "POST", "/api/v1/users", new).await;
    added.expect(201)["data"]["id"].as_str().unwrap().to_owned()
}

/// The password of everybody whom [`add`] adds.
const PASSWORD: &str = "a password of ten words";
