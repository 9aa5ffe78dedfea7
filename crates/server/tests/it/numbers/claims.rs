//! Numbers that an operator claims for a tenant.

use faxgate_simulator::telnyx::{Fault, Trouble};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::{NUMBERS, Shop};
use crate::on_net::{neighbours, secluded_with};
use crate::under_test::Gateway;

on_both_databases![
    the_references_own_example_works_as_it_is_written,
    a_number_is_attached_only_once_it_is_the_tenants,
    a_number_that_an_order_may_bring_is_given_to_nobody_else,
    what_is_only_claimed_gets_nothing_that_is_meant_for_somebody_else,
];

async fn the_references_own_example_works_as_it_is_written(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let claim = async |scheme: &str, body: &str| {
        let ask = gateway.ask("POST", "/phone_numbers");
        let ask = ask.header("Authorization", &format!("{scheme} {token}"));
        ask.text(body).send().await
    };
    let example = "{\n  \"phone_number\": \"+1234567890\"\n}";
    let claimed = claim("Bearer", example).await.expect(200);
    let id = claimed["id"].as_i64().unwrap();
    assert_eq!(
        claimed,
        json!({"id": id, "phone_number": "+1234567890", "user_id": 1})
    );
    // Once more, by either scheme: it is the tenant's already, and that is said.
    for scheme in ["Bearer", "Token"] {
        let again = claim(scheme, example).await;
        again.refused(409, "NUMBER_TAKEN", "of this tenant already");
    }
    let other = claim("Token", r#"{"phone_number": "+2345678901"}"#).await;
    assert_eq!(other.expect(200)["id"], id + 1);
    for wrong in ["+0123456789", "+123456", "+1234567890123456", "12345678"] {
        let body = json!({"phone_number": wrong}).to_string();
        let refused = claim("Token", &body).await;
        refused.refused(400, "INVALID_NUMBER", wrong);
    }
    // It is a number like others from then on.
    let path = format!("{NUMBERS}/+1234567890");
    let own = gateway.ask("GET", &path).token(&token).send().await;
    assert_eq!(own.expect(200)["data"]["phone_number"], "+1234567890");
    let filename = gateway.upload(&token, 1).await;
    let body = json!({"username": "+1234567890", "filename": filename, "numbers": "5559876543"});
    let send = gateway.ask("POST", "/api/fax/send/").token(&token);
    send.json(&body).send().await.expect(200);
    gateway.manage(&["did", "remove", "+2345678901"], "").await;
    // For what is typed at the console the rules of dialling hold.
    let strict = gateway
        .refuses(&["did", "add", "+2345678901", "--tenant", "default"])
        .await;
    assert!(strict.contains("cannot be a phone number"), "{strict}");
}

async fn a_number_is_attached_only_once_it_is_the_tenants(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.add_voice_line("+13125550101").await;
    shop.add_voice_line("+13125550102").await;
    shop.gateway.another_tenant("clinic", "+13125550102").await;
    let before = shop.attached();
    // Somebody's: it is not touched.
    let taken = shop.claim("+13125550102", None).await;
    taken.refused(409, "NUMBER_TAKEN", "belongs to a tenant");
    let import = json!({"phone_numbers": ["+13125550102"]});
    let taken = shop.tell("POST", "/import", &import).await;
    taken.refused(409, "NUMBER_TAKEN", "");
    assert_eq!(shop.attached(), before);
    // Nobody's: it is the tenant's first, and stays so when the carrier refuses; that is said, and can be tried again.
    let refuse = || {
        let refused = Trouble::Refused {
            status: 422,
            code: None,
        };
        let fault = Fault::new(refused).on("PATCH /v2/phone_numbers/*");
        shop.double.inject(fault);
    };
    refuse();
    let half = shop.claim("+13125550101", Some("k1")).await;
    half.refused(
        400,
        "CARRIER_REFUSED",
        "+13125550101 is default's now, but it is not attached",
    );
    let own = shop.get("/+13125550101").await.expect(200);
    assert_eq!(own["data"]["tenant"], "default");
    assert!(own["data"]["connection_id"].is_null(), "{own}");
    shop.claim("+13125550101", Some("k1")).await.expect(200);
    let own = shop.get("/+13125550101").await.expect(200);
    assert_eq!(own["data"]["connection_id"], shop.double.connection_id());
    // So it is with those that are taken over.
    shop.add_voice_line("+13125550103").await;
    refuse();
    let import = json!({"phone_numbers": ["+13125550103"]});
    let half = shop.tell("POST", "/import", &import).await;
    half.refused(400, "CARRIER_REFUSED", "is default's now");
    let whole = shop.tell("POST", "/import", &import).await.expect(200);
    assert_eq!(
        whole["data"]["numbers"][0]["connection_id"],
        shop.double.connection_id()
    );
}

async fn a_number_that_an_order_may_bring_is_given_to_nobody_else(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.gateway.another_tenant("clinic", "5557654321").await;
    // The clinic's order stays pending, and the account has its number already.
    let body = json!({"phone_numbers": ["+13125550108"], "tenant": "clinic"});
    let order = shop.tell("POST", "/orders", &body).await.expect(202);
    let order = order["data"]["id"].as_str().unwrap();
    shop.until(order, "placed").await;
    shop.add_voice_line("+13125550108").await;
    let before = shop.attached();
    let claim = shop.claim("+13125550108", None).await;
    claim.refused(409, "NUMBER_ORDERED", "+13125550108 is in an order");
    let import = json!({"phone_numbers": ["+13125550108"]});
    let import = shop.tell("POST", "/import", &import).await;
    import.refused(409, "NUMBER_ORDERED", "");
    let all = shop.tell("POST", "/import", &json!({"all": true})).await;
    let all = all.expect(200);
    assert_eq!(all["data"]["skipped"], json!(["+13125550108"]));
    let add = ["did", "add", "+13125550108", "--tenant", "default"];
    let refused = shop.gateway.refuses(&add).await;
    assert!(refused.contains("in an order"), "{refused}");
    assert_eq!(shop.attached(), before);
    shop.get("/+13125550108")
        .await
        .refused(404, "NO_SUCH_NUMBER", "");
}

async fn what_is_only_claimed_gets_nothing_that_is_meant_for_somebody_else(db: TestDb) {
    const HOSPITAL: &str = "+15559990001";
    let gateway = secluded_with(db, |settings| {
        settings.with("AUTH__ALLOW_REGISTRATION", "true")
    })
    .await;
    neighbours(&gateway).await;
    let clinic = gateway.sign_in().await;
    let receptions = async |state: &str| {
        gateway
            .manage(&["inbound", "list", "--state", state], "")
            .await
    };
    // What came in while the number was nobody's.
    came_in(&gateway, "before", HOSPITAL).await;
    eventually("it is kept", DEADLINE, async || {
        receptions("unmatched")
            .await
            .contains(HOSPITAL)
            .then_some(())
    })
    .await;

    let body = json!({"username": "mallory", "password": "string of secret signs"});
    let mallory = gateway
        .ask("POST", "/auth/register")
        .json(&body)
        .send()
        .await;
    let mallory = mallory.expect(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = async |method: &str, path: &str, token: &str, body: &Value| {
        gateway
            .ask(method, path)
            .token(token)
            .json(body)
            .send()
            .await
    };
    let claim = json!({"phone_number": HOSPITAL});
    ask("POST", "/phone_numbers", &mallory, &claim)
        .await
        .expect(200);
    let listed = gateway.manage(&["did", "list"], "").await;
    assert!(listed.contains("claimed, not confirmed"), "{listed}");
    let path = format!("{NUMBERS}/{HOSPITAL}");
    let own = gateway.ask("GET", &path).token(&mallory).send().await;
    assert_eq!(own.expect(200)["data"]["confirmed"], false);

    // A neighbour's fax to it takes a line: none is up, so it waits.
    let shown = gateway
        .manage(&["route", "show", HOSPITAL, "--tenant", "default"], "")
        .await;
    assert!(!shown.contains("a number of this gateway"), "{shown}");
    let fax = gateway.fax(&clinic, HOSPITAL).await;
    // What comes in by a line is kept for whoever has the number.
    came_in(&gateway, "after", HOSPITAL).await;
    eventually("both are kept", DEADLINE, async || {
        (receptions("unmatched").await.matches(HOSPITAL).count() == 2).then_some(())
    })
    .await;
    // Nobody shows it as their own on a line.
    let filename = gateway.upload(&mallory, 1).await;
    let send = json!({"username": HOSPITAL, "filename": filename, "numbers": "5559876543"});
    ask("POST", "/api/fax/send/", &mallory, &send)
        .await
        .refused(409, "NUMBER_UNCONFIRMED", "operator");
    let broadcast =
        json!({"name": "Spam", "filename": filename, "from": HOSPITAL, "numbers": ["5559876543"]});
    ask("POST", "/api/v1/broadcasts", &mallory, &broadcast)
        .await
        .refused(409, "NUMBER_UNCONFIRMED", "operator");
    // Nor does whoever claimed it confirm it.
    let confirm = json!({"confirmed": true});
    ask("PATCH", &path, &mallory, &confirm)
        .await
        .refused(403, "ROLE_FORBIDDEN", "operator");
    assert_eq!(gateway.count(&mallory).await, 0);
    assert_ne!(gateway.status(&clinic, &fax).await["status"], "sent");

    // It was hers after all, says the operator: what came since she claimed it is hers, and no more.
    let confirmed = gateway.manage(&["did", "confirm", HOSPITAL], "").await;
    assert!(confirmed.ends_with("confirmed"), "{confirmed}");
    gateway.until(&clinic, &fax, "sent").await;
    eventually("what came since is delivered", DEADLINE, async || {
        (gateway.count(&mallory).await == 2).then_some(())
    })
    .await;
    assert_eq!(receptions("unmatched").await.matches(HOSPITAL).count(), 1);
    ask("POST", "/api/fax/send/", &mallory, &send)
        .await
        .expect(200);
    // And back again.
    let unconfirmed = ask("PATCH", &path, &clinic, &json!({"confirmed": false})).await;
    assert_eq!(unconfirmed.expect(200)["data"]["confirmed"], false);
}

/// A fax without a page came in by a line, as FreeSWITCH's hook tells.
async fn came_in(gateway: &Gateway, call: &str, to: &str) {
    let body = json!({
        "event": "fax.received", "uuid": call, "from": "+13125550199", "to": to, "pages": 0, "duration": 3,
        "file_path": null, "timestamp": "2025-08-24T10:30:00Z",
    });
    let sent = gateway
        .ask("POST", "/api/fax/webhook/inbound/")
        .header("Content-Type", "application/json")
        .signed(body.to_string().as_bytes())
        .send()
        .await;
    sent.expect(200);
}
