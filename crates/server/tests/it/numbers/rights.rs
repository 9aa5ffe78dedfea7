//! Who may do what, and what is another tenant's.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{NUMBERS, Shop};
use crate::under_test::Answer;

on_both_databases![
    whoever_may_only_look_changes_nothing,
    an_administrator_manages_the_tenant_and_no_more,
    administrators_order_as_many_numbers_as_the_settings_say,
    what_is_another_tenants_is_not_there,
];

async fn ask(shop: &Shop, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let ask = shop.gateway.ask(method, path).token(token);
    ask.json(body).send().await
}

async fn whoever_may_only_look_changes_nothing(db: TestDb) {
    let shop = Shop::open(db).await;
    for role in ["read-only", "member"] {
        let token = shop.gateway.member("default", role, role).await;
        let order = json!({"phone_numbers": ["+13125550101"]});
        let number = format!("{NUMBERS}/5551234567");
        for (method, path, body) in [
            ("POST", format!("{NUMBERS}/orders"), order.clone()),
            ("POST", format!("{NUMBERS}/import"), order),
            ("PATCH", number.clone(), json!({"caller_name": "Acme"})),
            ("DELETE", number.clone(), json!({})),
            ("POST", format!("{number}/attach"), json!({})),
            ("GET", format!("{NUMBERS}/carrier"), json!({})),
            ("GET", format!("{NUMBERS}/available"), json!({})),
            ("GET", format!("{NUMBERS}?all=true"), json!({})),
        ] {
            let answer = ask(&shop, &token, method, &path, &body).await;
            assert_eq!(
                answer.expect(403)["error"]["code"],
                "ROLE_FORBIDDEN",
                "{method} {path}"
            );
        }
        let claim = json!({"phone_number": "+13125550101"});
        let claim = ask(&shop, &token, "POST", "/phone_numbers", &claim).await;
        claim.refused(403, "ROLE_FORBIDDEN", "");
        ask(&shop, &token, "GET", &number, &json!({}))
            .await
            .expect(200);
    }
    assert_eq!(shop.posts(), 0);
}

async fn an_administrator_manages_the_tenant_and_no_more(db: TestDb) {
    let shop = Shop::open(db).await;
    let token = shop.gateway.member("default", "boss", "admin").await;
    // Numbers of the account are everybody's or somebody's: none is taken, and none is looked at.
    shop.add_voice_line("+13125550101").await;
    let asked = shop.double.requests().len();
    let claim = async |number: &str| {
        let body = json!({"phone_number": number});
        ask(&shop, &token, "POST", "/phone_numbers", &body).await
    };
    for number in ["+13125550101", "+13125550199", "+1234567890"] {
        claim(number)
            .await
            .refused(403, "ROLE_FORBIDDEN", "operator role");
    }
    let order = json!({"phone_numbers": ["+13125550102"]});
    let orders = format!("{NUMBERS}/orders");
    let refused = ask(&shop, &token, "POST", &orders, &order).await;
    refused.refused(403, "ROLE_FORBIDDEN", "operator role");
    assert_eq!(shop.double.requests().len(), asked);
    let found = format!("{NUMBERS}/available?area_code=312");
    ask(&shop, &token, "GET", &found, &json!({}))
        .await
        .expect(200);
    shop.claim("+13125550101", None).await.expect(200);
    let number = format!("{NUMBERS}/+13125550101");
    let named = json!({"caller_name": "Acme"});
    ask(&shop, &token, "PATCH", &number, &named)
        .await
        .expect(200);
    for (path, body) in [
        (format!("{NUMBERS}/import"), json!({"all": true})),
        (
            format!("{NUMBERS}/orders"),
            json!({"phone_numbers": ["+13125550102"], "tenant": "clinic"}),
        ),
    ] {
        let answer = ask(&shop, &token, "POST", &path, &body).await;
        assert_eq!(answer.expect(403)["error"]["code"], "ROLE_FORBIDDEN");
    }
    let elsewhere = json!({"tenant": "clinic"});
    let answer = ask(&shop, &token, "PATCH", &number, &elsewhere).await;
    assert_eq!(answer.expect(403)["error"]["code"], "ROLE_FORBIDDEN");
}

async fn administrators_order_as_many_numbers_as_the_settings_say(db: TestDb) {
    let shop = Shop::with(db, |settings| {
        settings.with("NUMBERS__TENANTS_MAY_ORDER", "2")
    })
    .await;
    // What operators order for the tenant does not count.
    let own = shop.order("+13125550105").await;
    shop.until(&own, "success").await;
    let token = shop.gateway.member("default", "boss", "admin").await;
    let order = async |numbers: &[&str]| {
        let body = json!({"phone_numbers": numbers});
        ask(&shop, &token, "POST", &format!("{NUMBERS}/orders"), &body).await
    };
    let three = ["+13125550101", "+13125550102", "+13125550103"];
    order(&three)
        .await
        .refused(403, "TOO_MANY_NUMBERS", "may have 2 numbers");
    let first = order(&three[..1]).await.expect(202);
    shop.until(first["data"]["id"].as_str().unwrap(), "success")
        .await;
    // One that is under way counts as well: this one stays so.
    order(&["+13125550108"]).await.expect(202);
    order(&three[1..2])
        .await
        .refused(403, "TOO_MANY_NUMBERS", "and have 2");
    // Another tenant has its own, and operators have no such bound.
    shop.gateway.another_tenant("clinic", "5557654321").await;
    let theirs = shop.gateway.member("clinic", "chief", "admin").await;
    let body = json!({"phone_numbers": ["+13125550106"]});
    let path = format!("{NUMBERS}/orders");
    ask(&shop, &theirs, "POST", &path, &body).await.expect(202);
    shop.order("+13125550107").await;
    // Room is made by giving one up.
    let given_up = format!("{NUMBERS}/+13125550101?keep_at_carrier=true");
    ask(&shop, &token, "DELETE", &given_up, &json!({}))
        .await
        .expect(200);
    order(&three[1..2]).await.expect(202);
    let member = shop.gateway.member("default", "nurse", "member").await;
    ask(&shop, &member, "POST", &path, &body)
        .await
        .refused(403, "ROLE_FORBIDDEN", "");
}

async fn what_is_another_tenants_is_not_there(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.gateway.another_tenant("clinic", "5557654321").await;
    let boss = shop.gateway.member("clinic", "boss", "admin").await;
    let order = shop.order("+13125550108").await;
    let own = shop.get("/5551234567").await.expect(200);
    let id = own["data"]["id"].as_str().unwrap();
    for named in ["+15551234567", id] {
        let path = format!("{NUMBERS}/{named}");
        for (method, body) in [
            ("GET", json!({})),
            ("PATCH", json!({"caller_name": "Mine"})),
            ("DELETE", json!({})),
        ] {
            let answer = ask(&shop, &boss, method, &path, &body).await;
            assert_eq!(answer.expect(404)["error"]["code"], "NO_SUCH_NUMBER");
        }
    }
    let path = format!("{NUMBERS}/orders/{order}");
    let answer = ask(&shop, &boss, "GET", &path, &json!({})).await;
    assert_eq!(answer.expect(404)["error"]["code"], "NO_SUCH_ORDER");
    for path in [NUMBERS.to_owned(), format!("{NUMBERS}/orders")] {
        let list = ask(&shop, &boss, "GET", &path, &json!({})).await;
        let list = list.expect(200);
        let orders = usize::from(path == NUMBERS);
        assert_eq!(list["data"].as_array().unwrap().len(), orders, "{path}");
    }
    let all = shop.get("?all=true").await.expect(200);
    assert_eq!(all["meta"]["paging"]["total"], 2);
    // The client's header of the envelope's clients names a tenant too.
    let foreign = shop.gateway.ask("GET", NUMBERS).token(&boss);
    let foreign = foreign.header("x-client-id", "default").send().await;
    assert_eq!(foreign.expect(403)["error"]["code"], "TENANT_FORBIDDEN");
}
