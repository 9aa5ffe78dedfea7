//! A tenant that is stopped for a while.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::{Value, json};

use super::{TENANTS, ask, code};
use crate::on_net::secluded;
use crate::under_test::{DID, Gateway};

on_both_databases![
    nobody_of_a_suspended_tenant_is_let_in_and_nothing_goes_out_until_it_goes_on,
    what_stays_on_net_waits_as_well,
];

const CLINIC: &str = "5557654321";

/// Sends a one-page fax from the clinic, not before an hour from now; gives its uuid.
async fn send(gateway: &Gateway, token: &str, number: &str, more: Value) -> String {
    let filename = gateway.upload(token, 1).await;
    let mut body = json!({"username": CLINIC, "filename": filename, "numbers": number});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let ask = gateway.ask("POST", "/api/fax/send/").token(token);
    let answer = ask.json(&body).send().await;
    answer.expect(200)["uuid"].as_str().unwrap().to_owned()
}

async fn suspend(gateway: &Gateway, operator: &str, reason: &str) -> Value {
    let path = format!("{TENANTS}/clinic/suspend");
    let answer = ask(gateway, operator, "POST", &path, &json!({"reason": reason})).await;
    answer.expect(200)["data"].clone()
}

/// An operator who can also look into the clinic.
async fn with_an_operator_inside(gateway: &Gateway) -> String {
    gateway.member("clinic", "engineer", "operator").await
}

async fn nobody_of_a_suspended_tenant_is_let_in_and_nothing_goes_out_until_it_goes_on(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let operator = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", CLINIC).await;
    let inside = with_an_operator_inside(&gateway).await;
    let suspended = suspend(&gateway, &operator, "the bill of March is open").await;
    assert_eq!(suspended["status"], "suspended");
    let since = suspended["suspended_at"].clone();
    let again = suspend(&gateway, &operator, "two bills are open").await;
    assert_eq!(
        (&again["suspended_at"], &again["suspended_because"]),
        (&since, &json!("two bills are open"))
    );

    let refused = gateway
        .ask("GET", "/api/fax/list/")
        .token(&theirs)
        .send()
        .await;
    refused.refused(403, "TENANT_SUSPENDED", "two bills are open");
    let refused = ask(&gateway, &theirs, "GET", "/api/v1/numbers", &json!({})).await;
    assert_eq!(code(&refused, 403), "TENANT_SUSPENDED");

    let fax = send(&gateway, &inside, "5550001111", json!({})).await;
    let waits = gateway
        .until_waits_for(&inside, &fax, "tenant_suspended")
        .await;
    assert_eq!(waits["queue_items"][0]["attempts"], 0, "{waits}");
    // Others go out meanwhile.
    let other = gateway.fax(&operator, "5550001111").await;
    gateway.until(&operator, &other, "sent").await;
    assert_eq!(gateway.status(&inside, &fax).await["status"], "pending");
    // What comes in is taken in.
    let to_them = gateway.fax(&operator, CLINIC).await;
    gateway.until(&operator, &to_them, "sent").await;
    let inbound = "/api/fax/list/?direction=inbound";
    faxgate_test_support::eventually(
        "the clinic has it",
        faxgate_test_support::DEADLINE,
        async || {
            let list = gateway.ask("GET", inbound).token(&inside).send().await;
            (list.expect(200)["count"] == 1).then_some(())
        },
    )
    .await;

    let resumed = ask(
        &gateway,
        &operator,
        "POST",
        &format!("{TENANTS}/clinic/resume"),
        &json!({}),
    )
    .await;
    assert_eq!(resumed.expect(200)["data"]["status"], "active");
    let sent = gateway.until(&theirs, &fax, "sent").await;
    assert_eq!(sent["queue_items"][0]["attempts"], 1, "{sent}");
}

async fn what_stays_on_net_waits_as_well(db: TestDb) {
    let gateway = secluded(db, None).await;
    gateway
        .manage(&["route", "add", "--lanes", "on-net,far"], "")
        .await;
    let operator = gateway.sign_in().await;
    gateway.another_tenant("clinic", CLINIC).await;
    let inside = with_an_operator_inside(&gateway).await;
    gateway
        .manage(&["tenant", "suspend", "clinic", "--reason", "moving"], "")
        .await;
    let held_back = send(&gateway, &inside, DID, json!({})).await;
    // A fax of somebody else's that stays on-net as well has gone by then.
    let passes = gateway.fax(&operator, CLINIC).await;
    gateway.until(&operator, &passes, "sent").await;
    let body = gateway.status(&inside, &held_back).await;
    assert_eq!(body["status"], "pending", "{body}");
    gateway.manage(&["tenant", "resume", "clinic"], "").await;
    gateway.until(&inside, &held_back, "sent").await;
}
