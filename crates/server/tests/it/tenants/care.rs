//! Adding, seeing and changing tenants.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use super::{ROUTES, TENANTS, ask, code};
use crate::under_test::Gateway;

on_both_databases![
    a_tenant_is_added_once_seen_and_changed,
    what_is_wrong_is_named_and_changes_nothing,
    only_operators_look_after_tenants,
];

async fn a_tenant_is_added_once_seen_and_changed(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let new = json!({"slug": "clinic", "name": "Harbour Clinic", "country": "CA", "time_zone": "America/Toronto"});
    let add = async || {
        let ask = gateway.ask("POST", TENANTS).token(&token).json(&new);
        ask.header("Idempotency-Key", "clinic-1").send().await
    };
    let added = add().await;
    assert_eq!(add().await.text(), added.text());
    let added = added.expect(201)["data"].clone();
    let id = added["id"].as_str().unwrap();
    assert_eq!(
        added,
        json!({
            "id": id, "slug": "clinic", "name": "Harbour Clinic", "country": "CA", "allowed_countries": ["CA"],
            "time_zone": "America/Toronto", "rate_limits": {}, "status": "active", "suspended_at": null, "suspended_because": null,
        })
    );
    assert_eq!(
        code(&ask(&gateway, &token, "POST", TENANTS, &new).await, 409),
        "SLUG_TAKEN"
    );

    let change = json!({
        "name": "Harbour Hospital", "country": "US", "allowed_countries": ["CA", "US"],
        "sending": {"max_calls": 4, "windows": ["Mon-Fri 08:00-18:00"], "retry": {"busy": {"tries": 2, "wait_seconds": [60]}}},
    });
    let path = format!("{TENANTS}/{id}");
    ask(&gateway, &token, "PATCH", &path, &change)
        .await
        .expect(200);
    let change =
        json!({"sending": {"weight": 300, "max_calls": null, "retry": {"busy": {"tries": 3}}}});
    let path = format!("{TENANTS}/clinic");
    let changed = ask(&gateway, &token, "PATCH", &path, &change)
        .await
        .expect(200);
    let seen = ask(&gateway, &token, "GET", &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(changed["data"], seen["data"]);
    assert_eq!(seen["data"]["name"], "Harbour Hospital");
    assert_eq!(seen["data"]["country"], "US");
    assert_eq!(seen["data"]["allowed_countries"], json!(["CA", "US"]));
    assert_eq!(
        seen["data"]["sending"],
        json!({"weight": 300, "windows": ["Mon-Fri 08:00-18:00"], "retry": {"busy": {"tries": 3, "wait_seconds": [60]}}})
    );
    let shown = gateway.manage(&["tenant", "show", "clinic"], "").await;
    assert!(shown.contains("weight\t300\n"), "{shown}");

    let listed = format!("{TENANTS}?limit=1&offset=1");
    let listed = ask(&gateway, &token, "GET", &listed, &json!({}))
        .await
        .expect(200);
    assert_eq!(
        listed["meta"]["paging"],
        json!({"total": 2, "limit": 1, "offset": 1, "more": false})
    );
    assert_eq!(listed["data"][0]["slug"], "default");
}

async fn what_is_wrong_is_named_and_changes_nothing(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let path = format!("{TENANTS}/default");
    let before = ask(&gateway, &token, "GET", &path, &json!({}))
        .await
        .expect(200);
    for (change, field) in [
        (json!({"name": " "}), "name"),
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (
            json!({"allowed_countries": ["US", "XX"]}),
            "allowed_countries",
        ),
        (json!({"sending": {"colour": 1}}), "sending.colour"),
        (
            json!({"sending": {"max_calls": "many"}}),
            "sending.max_calls",
        ),
        (
            json!({"sending": {"retry": {"hunger": {"tries": 1}}}}),
            "sending.retry",
        ),
        (json!({"sending": {"prepaid": true}}), "sending.prepaid"),
        (json!({"sending": 5}), "sending"),
    ] {
        let refused = ask(&gateway, &token, "PATCH", &path, &change)
            .await
            .expect(400);
        let details = refused["error"]["details"].as_object().unwrap();
        assert!(details.contains_key(field), "{change}: {refused}");
    }
    for change in [
        json!({"sending": {"max_calls": 0}}),
        json!({"allowed_countries": []}),
    ] {
        let refused = ask(&gateway, &token, "PATCH", &path, &change).await;
        assert_eq!(code(&refused, 400), "INVALID_TENANT", "{change}");
    }
    for (new, expected) in [
        (json!({"slug": "No Good"}), "INVALID_SLUG"),
        (json!({}), "INVALID_FIELDS"),
        (json!({"slug": "good", "country": "XX"}), "INVALID_FIELDS"),
        (json!({"slug": "good", "name": "\u{7}"}), "INVALID_TENANT"),
    ] {
        let refused = ask(&gateway, &token, "POST", TENANTS, &new).await;
        assert_eq!(code(&refused, 400), expected, "{new}");
    }
    let after = ask(&gateway, &token, "GET", &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(after["data"], before["data"]);
    let listed = ask(&gateway, &token, "GET", TENANTS, &json!({}))
        .await
        .expect(200);
    assert_eq!(listed["meta"]["paging"]["total"], 1);
}

async fn only_operators_look_after_tenants(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let theirs = gateway.another_tenant("clinic", "5557654321").await;
    let admin = gateway.member("clinic", "boss", "admin").await;
    let (own, other) = (format!("{TENANTS}/clinic"), format!("{TENANTS}/default"));
    for token in [&theirs, &admin] {
        for (method, path, body) in [
            ("GET", TENANTS.to_owned(), json!({})),
            ("POST", TENANTS.to_owned(), json!({"slug": "more"})),
            ("PATCH", own.clone(), json!({"name": "More"})),
            ("POST", format!("{own}/suspend"), json!({"reason": "none"})),
            ("POST", format!("{own}/resume"), json!({})),
            ("POST", ROUTES.to_owned(), json!({"lanes": ["telnyx"]})),
        ] {
            let refused = ask(&gateway, token, method, &path, &body).await;
            assert_eq!(code(&refused, 403), "ROLE_FORBIDDEN", "{method} {path}");
        }
    }
    let refused = ask(&gateway, &theirs, "GET", &own, &json!({})).await;
    assert_eq!(code(&refused, 403), "ROLE_FORBIDDEN");
    let seen = ask(&gateway, &admin, "GET", &own, &json!({})).await;
    assert_eq!(seen.expect(200)["data"]["slug"], "clinic");
    // Somebody else's is as one that is not there.
    for named in [other.as_str(), "/api/v1/tenants/nobody"] {
        let refused = ask(&gateway, &admin, "GET", named, &json!({})).await;
        assert_eq!(code(&refused, 404), "NO_SUCH_TENANT");
    }
}
