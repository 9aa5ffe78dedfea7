//! Who may do what, how many, and how it looks.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{Desk, WEBHOOKS};
use crate::under_test::Gateway;

on_both_databases!(
    an_endpoint_is_made_changed_and_removed,
    who_does_not_administer_the_tenant_only_looks,
    another_tenants_endpoint_does_not_exist,
    a_tenant_has_so_many_endpoints_and_no_more,
    the_same_request_makes_one_endpoint,
    operators_do_the_same_at_the_console,
);

async fn an_endpoint_is_made_changed_and_removed(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let ask = |method: &str, path: &str| {
        let path = format!("{WEBHOOKS}{path}");
        gateway.ask(method, &path).token(&token)
    };
    let body = json!({"url": "https://example.com/hook", "description": " Billing ", "event_types": ["fax.sent", "number.*"]});
    let made = ask("POST", "").json(&body).send().await.expect(201);
    let data = &made["data"];
    assert_eq!(data["url"], "https://example.com/hook");
    assert_eq!(data["description"], "Billing");
    assert_eq!(data["event_types"], json!(["fax.sent", "number.*"]));
    assert_eq!(data["is_active"], true);
    assert!(data["secret"].as_str().unwrap().starts_with("whsec_"));
    assert!(made["meta"]["request_id"].is_string());
    let id = data["id"].as_str().unwrap();
    let path = format!("/{id}");
    let found = ask("GET", &path).send().await.expect(200);
    assert_eq!(found["data"].get("secret"), None, "{found}");
    let listed = ask("GET", "").send().await.expect(200);
    assert_eq!(listed["data"][0], found["data"]);
    assert_eq!(listed["meta"]["paging"]["total"], 1);

    let change = json!({"event_types": ["*"], "description": ""});
    let changed = ask("PATCH", &path).json(&change).send().await.expect(200);
    assert_eq!(changed["data"]["event_types"], json!(["*"]));
    assert_eq!(changed["data"]["description"], "");
    assert_eq!(changed["data"]["url"], "https://example.com/hook");
    for (wrong, field) in [
        (json!({"event_types": []}), "event_types"),
        (json!({"event_types": ["fax.teleported"]}), "event_types"),
        (json!({"event_types": ["fax"]}), "event_types"),
        (json!({"description": "d".repeat(501)}), "description"),
        (json!({"is_active": "yes"}), "is_active"),
    ] {
        let answer = ask("PATCH", &path).json(&wrong).send().await;
        answer.refused(400, "INVALID_FIELDS", field);
    }
    let short = json!({"url": "https://example.com/", "secret": "whsec_c2hvcnQ="});
    let answer = ask("POST", "").json(&short).send().await;
    answer.refused(400, "INVALID_FIELDS", "secret");

    let gone = ask("DELETE", &path).send().await.expect(200);
    assert_eq!(gone["data"], json!({"id": id, "deleted": true}));
    for method in ["GET", "DELETE"] {
        let answer = ask(method, &path).send().await;
        answer.refused(404, "NO_SUCH_WEBHOOK", "no such");
    }
}

async fn who_does_not_administer_the_tenant_only_looks(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let admin = gateway.sign_in().await;
    let body = json!({"url": "https://example.com/hook"});
    let ask = gateway.ask("POST", WEBHOOKS).token(&admin);
    let made = ask.json(&body).send().await.expect(201);
    let id = made["data"]["id"].as_str().unwrap();
    for role in ["member", "read-only"] {
        let token = gateway.member("default", role, role).await;
        let ask = |method: &str, path: &str| {
            let path = format!("{WEBHOOKS}{path}");
            gateway.ask(method, &path).token(&token)
        };
        for path in ["".to_owned(), format!("/{id}"), format!("/{id}/deliveries")] {
            ask("GET", &path).send().await.expect(200);
        }
        for (method, path) in [
            ("POST", String::new()),
            ("PATCH", format!("/{id}")),
            ("DELETE", format!("/{id}")),
            ("GET", format!("/{id}/secret")),
            ("POST", format!("/{id}/secret/rotate")),
            ("POST", format!("/{id}/test")),
            ("POST", format!("/{id}/replay")),
            ("POST", format!("/{id}/deliveries/{id}/replay")),
        ] {
            let body = json!({"url": "https://example.com/", "since": "2026-01-01T00:00:00Z"});
            let answer = ask(method, &path).json(&body).send().await;
            answer.refused(403, "ROLE_FORBIDDEN", "webhooks");
        }
    }
}

async fn another_tenants_endpoint_does_not_exist(db: TestDb) {
    let desk = Desk::open(db).await;
    let (id, _) = desk.endpoint("/hook", &["number.*"]).await;
    desk.happen(1).await;
    let newest = desk.newest_is(&id, "delivered").await;
    let delivery = newest["id"].as_str().unwrap();
    desk.gateway.another_tenant("beta", "5559990000").await;
    let bob = desk.gateway.member("beta", "bob", "admin").await;
    for (method, path) in [
        ("GET", format!("/{id}")),
        ("PATCH", format!("/{id}")),
        ("DELETE", format!("/{id}")),
        ("GET", format!("/{id}/secret")),
        ("POST", format!("/{id}/secret/rotate")),
        ("POST", format!("/{id}/test")),
        ("POST", format!("/{id}/replay")),
        ("GET", format!("/{id}/deliveries")),
        ("GET", format!("/{id}/deliveries/{delivery}")),
        ("POST", format!("/{id}/deliveries/{delivery}/replay")),
    ] {
        let path = format!("{WEBHOOKS}{path}");
        let ask = desk.gateway.ask(method, &path).token(&bob);
        let body = json!({"since": "2026-01-01T00:00:00Z"});
        let answer = ask.json(&body).send().await;
        assert_eq!(answer.status, 404, "{method} {path}");
        let strange = path.replace(&id, "01a1fca0-1b31-7046-b779-527c653a0e98");
        let ask = desk.gateway.ask(method, &strange).token(&bob);
        let strange = ask.json(&body).send().await;
        assert_eq!(strange.status, 404, "{method} {path}");
        assert_eq!(
            strange.json()["error"]["code"],
            answer.json()["error"]["code"]
        );
    }
    assert_eq!(desk.receiver.came("/hook").len(), 1);
}

async fn a_tenant_has_so_many_endpoints_and_no_more(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings.with("WEBHOOKS_OUT__MAX_ENDPOINTS", "2")
    })
    .await;
    let token = gateway.sign_in().await;
    let make = async || {
        let body = json!({"url": "https://example.com/hook"});
        let ask = gateway.ask("POST", WEBHOOKS).token(&token);
        ask.json(&body).send().await
    };
    make().await.expect(201);
    make().await.expect(201);
    make().await.refused(409, "TOO_MANY_WEBHOOKS", "at most 2");
}

async fn the_same_request_makes_one_endpoint(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let make = async |url: &str| {
        let ask = gateway.ask("POST", WEBHOOKS).token(&token);
        let ask = ask.header("X-Idempotency-Key", "one");
        ask.json(&json!({"url": url})).send().await
    };
    let first = make("https://example.com/a").await.expect(201);
    let second = make("https://example.com/a").await.expect(201);
    assert_eq!(first, second, "the secret too");
    make("https://example.com/b")
        .await
        .refused(409, "IDEMPOTENCY_KEY_REUSED", "another request");
    let listed = gateway.ask("GET", WEBHOOKS).token(&token).send().await;
    assert_eq!(listed.expect(200)["meta"]["paging"]["total"], 1);
}

async fn operators_do_the_same_at_the_console(db: TestDb) {
    let desk = Desk::open(db).await;
    let url = desk.receiver.url("/hook");
    let create = [
        "webhook", "create", &url, "--tenant", "default", "--events", "number.*",
    ];
    let made = desk.gateway.manage(&create, "").await;
    let (id, secret) = made.split_once('\t').unwrap();
    let manage = async |arguments: &[&str]| {
        let all: Vec<&str> = ["webhook"].iter().chain(arguments).copied().collect();
        desk.gateway.manage(&all, "").await
    };
    let listed = manage(&["list", "--tenant", "default"]).await;
    assert_eq!(listed, format!("{id}\tactive\tnumber.*\t{url}"));
    let tested = manage(&["test", id]).await;
    assert!(tested.contains("\tdelivered\t204"), "{tested}");
    assert!(desk.receiver.came("/hook")[0].is_signed_by(secret));
    desk.happen(1).await;
    let newest: Value = desk.newest_is(id, "delivered").await;
    let deliveries = manage(&["deliveries", id, "--status", "delivered"]).await;
    assert_eq!(deliveries.lines().count(), 2, "{deliveries}");
    let delivery = newest["id"].as_str().unwrap();
    manage(&["replay", id, "--delivery", delivery]).await;
    desk.receiver.has("/hook", 3).await;
    let replayed = manage(&["replay", id, "--since", "2026-01-01T00:00:00Z"]).await;
    assert!(replayed.ends_with("\tevents"), "{replayed}");
    desk.receiver.has("/hook", 4).await;
    let off = manage(&["disable", id]).await;
    assert!(off.contains("\tdisabled\t"), "{off}");
    let on = manage(&["enable", id]).await;
    assert!(on.contains("\tactive\t"), "{on}");
    let refused = desk
        .gateway
        .refuses(&["webhook", "list", "--tenant", "nobody"]);
    assert!(refused.await.contains("there is no tenant `nobody`"));
}
