//! Numbers that are there: set up, taken over, given back.

use faxgate_simulator::telnyx::{Fault, Trouble};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::json;

use super::{NUMBERS, Shop};
use crate::under_test::Gateway;

on_both_databases![
    a_number_is_given_back_until_the_carrier_has_it,
    numbers_of_the_account_are_taken_over,
    a_number_is_set_up_and_its_settings_are_taken_away,
    a_number_is_claimed_as_documented,
    the_console_does_the_same,
    without_a_carrier_the_rest_works,
];

async fn a_number_is_given_back_until_the_carrier_has_it(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.double.add_number("+13125550101");
    let import = json!({"phone_numbers": ["+13125550101"]});
    shop.tell("POST", "/import", &import).await.expect(200);
    let refused = Trouble::Refused {
        status: 503,
        code: None,
    };
    let fault = Fault::new(refused).on("DELETE /v2/phone_numbers/*");
    shop.double.inject(fault.times(10_000));
    let released = shop.tell("DELETE", "/+13125550101", &json!({})).await;
    assert_eq!(released.expect(202)["data"]["status"], "releasing");
    // While it is being given back nobody sends from it, or changes it.
    let filename = shop.gateway.upload(&shop.token, 1).await;
    let fax = json!({"username": "+13125550101", "filename": filename, "numbers": "5550001111"});
    let send = shop.gateway.ask("POST", "/api/fax/send/");
    let refused = send.token(&shop.token).json(&fax).send().await;
    refused.refused(400, "UNKNOWN_SENDER", "is not a number of this tenant");
    let named = json!({"caller_name": "Acme"});
    let refused = shop.tell("PATCH", "/+13125550101", &named).await;
    refused.refused(409, "NUMBER_RELEASING", "");
    shop.double.clear();
    eventually("the number is gone", DEADLINE, async || {
        let answer = shop.get("/+13125550101").await;
        (answer.json()["error"]["code"] == "NO_SUCH_NUMBER").then_some(())
    })
    .await;
    let left = shop.get("/carrier").await.expect(200);
    assert_eq!(left["data"], json!([]));
}

async fn numbers_of_the_account_are_taken_over(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.gateway.another_tenant("clinic", "+13125550103").await;
    for number in ["+13125550101", "+13125550102", "+13125550103"] {
        shop.double.add_number(number);
    }
    let seen = shop.get("/carrier").await.expect(200);
    assert_eq!(seen["data"].as_array().unwrap().len(), 3);
    let import = async |body| shop.tell("POST", "/import", &body).await;
    import(json!({"phone_numbers": ["+13125550103"]}))
        .await
        .refused(409, "NUMBER_TAKEN", "");
    import(json!({"phone_numbers": ["+13125550199"]}))
        .await
        .refused(404, "NOT_AT_CARRIER", "+13125550199");
    for _ in 0..2 {
        let taken = import(json!({"all": true})).await.expect(200);
        assert_eq!(taken["data"]["skipped"], json!(["+13125550103"]));
        let numbers = taken["data"]["numbers"].as_array().unwrap();
        assert_eq!(numbers.len(), 2);
        assert_eq!(numbers[0]["phone_number"], "+13125550101");
        assert_eq!(numbers[0]["tenant"], "default");
    }
    let attached = shop
        .tell("POST", "/+13125550101/attach", &json!({}))
        .await
        .expect(200);
    assert_eq!(
        attached["data"]["connection_id"],
        shop.double.connection_id()
    );
}

async fn a_number_is_set_up_and_its_settings_are_taken_away(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    gateway.another_tenant("clinic", "5557654321").await;
    let change = async |body| {
        let path = format!("{NUMBERS}/5551234567");
        let ask = gateway.ask("PATCH", &path).token(&token);
        ask.json(&body).send().await
    };
    let set = change(json!({"caller_name": "Acme", "time_zone": "America/Chicago", "route": ["on-net", "east"], "is_default": true}))
        .await
        .expect(200);
    assert_eq!(set["data"]["route"], json!(["on-net", "east"]));
    assert_eq!(set["data"]["is_default"], true);
    let unset = change(json!({"caller_name": null, "route": null})).await;
    let unset = unset.expect(200);
    assert!(unset["data"]["caller_name"].is_null() && unset["data"]["route"].is_null());
    assert_eq!(unset["data"]["time_zone"], "America/Chicago");
    change(json!({"header_text": "x".repeat(51)}))
        .await
        .refused(400, "INVALID_FIELDS", "header_text");
    change(json!({"tenant": "nobody"}))
        .await
        .refused(404, "NO_SUCH_TENANT", "");
    // Nothing is taken away, and nothing moves, while a fax waits from it.
    let fax = gateway.fax(&token, "5559876543").await;
    change(json!({"tenant": "clinic"}))
        .await
        .refused(409, "NUMBER_IN_USE", "1 fax is");
    let path = format!("{NUMBERS}/5551234567");
    let release = || gateway.ask("DELETE", &path).token(&token).send();
    release().await.refused(409, "NUMBER_IN_USE", "1 fax is");
    let cancel = format!("/api/fax/cancel/{fax}/");
    let cancel = gateway.ask("POST", &cancel).token(&token);
    cancel.send().await.expect(200);
    let moved = change(json!({"tenant": "clinic"})).await.expect(200);
    assert_eq!(moved["data"]["tenant"], "clinic");
    assert!(moved["data"]["time_zone"].is_null());
    assert_eq!(release().await.expect(200)["data"]["status"], "released");
}

async fn a_number_is_claimed_as_documented(db: TestDb) {
    let shop = Shop::open(db).await;
    let claim = async |number: &str| {
        let ask = shop.gateway.ask("POST", "/phone_numbers");
        let ask = ask.header("Authorization", &format!("Bearer {}", shop.token));
        ask.json(&json!({"phone_number": number})).send().await
    };
    shop.double.add_number("+13125550101");
    let claimed = claim("+13125550101").await.expect(200);
    assert_eq!(
        claimed,
        json!({"id": 2, "phone_number": "+13125550101", "user_id": 1})
    );
    claim("+13125550101")
        .await
        .refused(409, "NUMBER_TAKEN", "of this tenant already");
    claim("12").await.refused(400, "INVALID_NUMBER", "12");
    let own = shop.get("/+13125550101").await.expect(200);
    assert_eq!(own["data"]["carrier"], "telnyx");
    // An operator may claim one that the account has not got.
    assert_eq!(claim("+13125550199").await.expect(200)["id"], 3);
}

async fn the_console_does_the_same(db: TestDb) {
    let shop = Shop::open(db).await;
    let run = async |arguments: &[&str]| {
        let arguments = [&["number"], arguments].concat();
        shop.gateway.manage(&arguments, "").await
    };
    let found = run(&["search", "--area-code", "312", "--limit", "1"]).await;
    let number = found.split('\t').next().unwrap();
    let order = run(&["order", number, "--tenant", "default"]).await;
    let id = order.split('\t').next().unwrap();
    shop.until(id, "success").await;
    assert!(run(&["orders"]).await.contains("success"));
    assert!(run(&["list"]).await.contains(number));
    assert!(run(&["list", "--carrier"]).await.contains("attached"));
    let set = run(&["set", number, "--caller-name", "Acme", "--default", "true"]).await;
    assert!(set.contains("caller name\tAcme") && set.contains("default\ttrue"));
    assert!(run(&["attach", number]).await.contains("telnyx"));
    let gone = run(&["release", number, "--keep-at-carrier"]).await;
    assert_eq!(gone, format!("{number}\treleased"));
    let back = run(&["import", number, "--tenant", "default"]).await;
    assert!(back.contains(number));
    assert!(run(&["show", number]).await.contains("caller name\t-"));
}

async fn without_a_carrier_the_rest_works(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for path in ["/available", "/carrier"] {
        let ask = gateway.ask("GET", &format!("{NUMBERS}{path}"));
        let answer = ask.token(&token).send().await.expect(503);
        assert_eq!(answer["error"]["code"], "CARRIER_NOT_CONFIGURED");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("FAXGATE_TELNYX__API_KEY"), "{message}");
    }
    let list = gateway.ask("GET", NUMBERS).token(&token).send().await;
    let list = list.expect(200);
    assert_eq!(list["meta"]["paging"]["total"], 1);
    assert_eq!(list["data"][0]["phone_number"], "+15551234567");
}
