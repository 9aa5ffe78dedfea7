//! Rules about lines.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{ROUTES, ask, code};
use crate::under_test::Gateway;

on_both_databases![rules_are_added_once_seen_by_those_they_hold_for_and_removed,];

async fn rules_are_added_once_seen_by_those_they_hold_for_and_removed(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    gateway.another_tenant("clinic", "5557654321").await;
    gateway.another_tenant("lab", "5557654322").await;
    let admin = gateway.member("clinic", "boss", "admin").await;
    let add = async |body: serde_json::Value, key: &str| {
        let ask = gateway.ask("POST", ROUTES).token(&operator).json(&body);
        ask.header("Idempotency-Key", key).send().await
    };
    let for_all = json!({"lanes": ["on-net", "telnyx"]});
    let first = add(for_all.clone(), "1").await;
    assert_eq!(add(for_all, "1").await.text(), first.text());
    let first = first.expect(201)["data"].clone();
    assert_eq!(
        first,
        json!({"id": first["id"], "tenant": null, "prefix": "", "position": 1, "lanes": ["on-net", "telnyx"]})
    );
    let own = json!({"lanes": ["telnyx"], "tenant": "clinic", "prefix": "+1212", "position": 3});
    let own = add(own, "2").await.expect(201)["data"].clone();
    assert_eq!(
        (&own["prefix"], &own["position"]),
        (&json!("1212"), &json!(3))
    );
    add(json!({"lanes": ["telnyx"], "tenant": "lab"}), "3")
        .await
        .expect(201);

    let seen = async |token: &str, query: &str| {
        let path = format!("{ROUTES}{query}");
        let answer = ask(&gateway, token, "GET", &path, &json!({})).await;
        answer.expect(200)["data"].as_array().unwrap().len()
    };
    assert_eq!(seen(&operator, "").await, 3);
    assert_eq!(seen(&operator, "?tenant=clinic").await, 2);
    assert_eq!(seen(&admin, "").await, 2);
    let foreign = ask(
        &gateway,
        &admin,
        "GET",
        &format!("{ROUTES}?tenant=lab"),
        &json!({}),
    )
    .await;
    assert_eq!(code(&foreign, 404), "NO_SUCH_TENANT");

    for (body, field) in [
        (json!({}), "lanes"),
        (json!({"lanes": []}), "lanes"),
        (json!({"lanes": ["telnyx"], "prefix": "abc"}), "prefix"),
        (json!({"lanes": ["telnyx"], "position": -1}), "position"),
    ] {
        let refused = ask(&gateway, &operator, "POST", ROUTES, &body)
            .await
            .expect(400);
        let details = refused["error"]["details"].as_object().unwrap();
        assert!(details.contains_key(field), "{body}: {refused}");
    }
    let path = format!("{ROUTES}/{}", first["id"].as_str().unwrap());
    let refused = ask(&gateway, &admin, "DELETE", &path, &json!({})).await;
    assert_eq!(code(&refused, 403), "ROLE_FORBIDDEN");
    let gone = gateway.ask("DELETE", &path).token(&operator).send().await;
    assert_eq!(gone.status, 204);
    let again = gateway.ask("DELETE", &path).token(&operator).send().await;
    assert_eq!(code(&again, 404), "NO_SUCH_ROUTE");
    assert_eq!(seen(&admin, "").await, 1);
}
