//! People who let themselves in, where the operator allows it.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::ask;
use crate::under_test::{Gateway, Settings};

on_both_databases![
    nobody_registers_unless_the_operator_allows_it,
    the_references_whole_story_works_as_it_is_written,
    nobodys_slug_means_another_tenant,
    two_who_register_at_once_are_answered_well,
    a_tenant_claims_so_many_numbers_and_no_more,
    whoever_registers_may_be_a_member_of_a_tenant_that_is_there,
];

/// The reference's body.
fn body(name: &str) -> Value {
    json!({"username": name, "password": "string of secret signs"})
}

async fn open(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Gateway {
    Gateway::start(db, "api", |settings| {
        change(settings.with("AUTH__ALLOW_REGISTRATION", "true"))
    })
    .await
}

async fn nobody_registers_unless_the_operator_allows_it(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in ["/auth/register", "/auth/register/", "/api/v1/auth/register"] {
        let refused = gateway.ask("POST", path).json(&body("ada")).send().await;
        refused.refused(403, "REGISTRATION_OFF", "FAXGATE_AUTH__ALLOW_REGISTRATION");
    }
}

async fn the_references_whole_story_works_as_it_is_written(db: TestDb) {
    let gateway = open(db, |settings| settings).await;
    let registered = gateway
        .ask("POST", "/auth/register")
        .json(&body("string"))
        .send()
        .await;
    let registered = registered.expect(200);
    assert_eq!(registered.as_object().unwrap().len(), 2);
    assert_eq!(registered["token_type"], "bearer");
    let login = gateway
        .ask("POST", "/auth/login")
        .json(&body("string"))
        .send()
        .await;
    let login = login.expect(200);
    let token = login["access_token"].as_str().unwrap();
    let claim = gateway.ask("POST", "/phone_numbers");
    let claim = claim.header("Authorization", &format!("Bearer {token}"));
    let claimed = claim
        .json(&json!({"phone_number": "+1234567890"}))
        .send()
        .await;
    let claimed = claimed.expect(200);
    assert_eq!(claimed.as_object().unwrap().len(), 3);
    assert_eq!(claimed["phone_number"], "+1234567890");
    assert!(
        claimed["id"].is_i64() && claimed["user_id"].is_i64(),
        "{claimed}"
    );
    // A tenant of their own, which they administer.
    let me = ask(&gateway, token, "GET", "/api/v1/auth/me", Value::Null).await;
    let me = me.expect(200);
    assert_eq!(me["data"]["clients"][0]["slug"], "string");
    assert_eq!(me["data"]["clients"][0]["role"], "admin");
    // It sends from its number.
    let filename = gateway.upload(token, 1).await;
    let fax = json!({"username": "+1234567890", "filename": filename, "numbers": "5559876543"});
    ask(&gateway, token, "POST", "/api/fax/send/", fax)
        .await
        .expect(200);
    let again = gateway
        .ask("POST", "/auth/register")
        .json(&body("string"))
        .send()
        .await;
    again.refused(409, "USERNAME_TAKEN", "");
    let weak = json!({"username": "bob", "password": "short"});
    let weak = gateway
        .ask("POST", "/auth/register")
        .json(&weak)
        .send()
        .await;
    weak.refused(400, "WEAK_PASSWORD", "");
    // A name that is another's slug already gets a slug like it.
    let other = gateway
        .ask("POST", "/auth/register")
        .json(&body("String"))
        .send()
        .await;
    let other = other.expect(200);
    let other = other["access_token"].as_str().unwrap();
    let me = ask(&gateway, other, "GET", "/api/v1/auth/me", Value::Null).await;
    let me = me.expect(200);
    let slug = me["data"]["clients"][0]["slug"].as_str().unwrap();
    assert!(slug.starts_with("string-"), "{slug}");
    let taken = ask(
        &gateway,
        other,
        "POST",
        "/phone_numbers",
        json!({"phone_number": "+1234567890"}),
    )
    .await;
    taken.refused(409, "NUMBER_TAKEN", "");
}

async fn nobodys_slug_means_another_tenant(db: TestDb) {
    let gateway = open(db, |settings| settings).await;
    let operator = gateway.sign_in().await;
    let clients = "/api/v1/auth/clients";
    let clients = ask(&gateway, &operator, "GET", clients, Value::Null).await;
    let id = clients.expect(200)["data"][0]["id"].clone();
    let id = id.as_str().unwrap();
    for slug in [id, &id.replace('-', ""), "gateway"] {
        let new = json!({"slug": slug});
        let refused = ask(&gateway, &operator, "POST", "/api/v1/tenants", new).await;
        refused.refused(400, "INVALID_SLUG", "");
    }
    for name in [id, "gateway"] {
        let registered = gateway.ask("POST", "/auth/register").json(&body(name));
        let registered = registered.send().await.expect(200);
        let token = registered["access_token"].as_str().unwrap();
        let me = ask(&gateway, token, "GET", "/api/v1/auth/me", Value::Null).await;
        let me = me.expect(200);
        let slug = me["data"]["clients"][0]["slug"].as_str().unwrap();
        assert!(slug.starts_with(&format!("{name}-")), "{slug}");
    }
    // Whoever is added to the tenant of this id is added there.
    let new = json!({"username": "ada", "password": "a password of hers", "tenant": id});
    let added = ask(&gateway, &operator, "POST", "/api/v1/users", new).await;
    assert_eq!(added.expect(201)["data"]["memberships"][0]["id"], id);
}

async fn two_who_register_at_once_are_answered_well(db: TestDb) {
    let gateway = open(db, |settings| settings.with("RATE_LIMITS__LOGIN", "0")).await;
    let register = async |name: String| {
        let ask = gateway.ask("POST", "/auth/register").json(&body(&name));
        ask.send().await
    };
    for number in 0..3 {
        // A double click.
        let name = format!("ada{number}");
        let (one, other) = tokio::join!(register(name.clone()), register(name));
        let (good, taken) = match one.status {
            200 => (one, other),
            _ => (other, one),
        };
        good.expect(200);
        taken.refused(409, "USERNAME_TAKEN", "");
        // Two whose tenants would have the same slug.
        let names = (format!("b.{number}"), format!("b-{number}"));
        let (one, other) = tokio::join!(register(names.0), register(names.1));
        one.expect(200);
        other.expect(200);
    }
}

async fn a_tenant_claims_so_many_numbers_and_no_more(db: TestDb) {
    let gateway = open(db, |settings| {
        settings.with("AUTH__REGISTERED_MAY_CLAIM", "1")
    })
    .await;
    let token = gateway
        .ask("POST", "/auth/register")
        .json(&body("ada"))
        .send()
        .await;
    let token = token.expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let claim = async |number: &str| {
        ask(
            &gateway,
            &token,
            "POST",
            "/phone_numbers",
            json!({"phone_number": number}),
        )
        .await
    };
    claim("+12345678901").await.expect(200);
    claim("+12345678902")
        .await
        .refused(409, "TOO_MANY_NUMBERS", "auth.registered_may_claim");
    // Members and whoever may only look claim none.
    let add = json!({"username": "eve", "password": "long enough for eve", "role": "member"});
    ask(&gateway, &token, "POST", "/api/v1/users", add)
        .await
        .expect(201);
    let member = gateway.sign_in_as("eve", "long enough for eve").await;
    let refused = ask(
        &gateway,
        &member,
        "POST",
        "/phone_numbers",
        json!({"phone_number": "+12345678903"}),
    )
    .await;
    refused.refused(403, "ROLE_FORBIDDEN", "");
}

async fn whoever_registers_may_be_a_member_of_a_tenant_that_is_there(db: TestDb) {
    let gateway = open(db, |settings| {
        settings.with("AUTH__REGISTRATION_TENANT", "default")
    })
    .await;
    let token = gateway
        .ask("POST", "/api/v1/auth/register")
        .json(&body("ada"))
        .send()
        .await;
    let token = token.expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let me = ask(&gateway, &token, "GET", "/api/v1/auth/me", Value::Null).await;
    let me = me.expect(200);
    assert_eq!(me["data"]["clients"][0]["slug"], "default");
    assert_eq!(me["data"]["clients"][0]["role"], "member");
}
