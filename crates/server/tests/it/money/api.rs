//! The whole gateway: usage, balances and prices by API and at the console.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::json;

use crate::on_net::{OTHER, neighbours, secluded};
use crate::under_test::{DID, Gateway};

on_both_databases![
    what_is_sent_and_received_is_counted_and_paid,
    only_operators_move_money,
    what_cannot_be_meant_is_refused,
    money_without_a_name_is_added_once_for_each_request,
    test_faxes_stay_with_their_sender_and_cost_nothing,
];

async fn data(gateway: &Gateway, token: &str, path: &str) -> serde_json::Value {
    let answer = gateway.ask("GET", path).token(token).send().await;
    answer.expect(200)["data"].take()
}

async fn what_is_sent_and_received_is_counted_and_paid(db: TestDb) {
    let gateway = secluded(db, None).await;
    let bob = neighbours(&gateway).await;
    let alice = gateway.sign_in().await;
    gateway
        .manage(
            &[
                "price",
                "set",
                "default",
                "--per-page",
                "0.05",
                "--per-page-to",
                "1555=0.03",
            ],
            "",
        )
        .await;
    let received = json!({"per_page_received": "0.01"});
    let set = gateway
        .ask("PUT", "/api/v1/prices?tenant=beta")
        .token(&alice);
    let set = set.json(&received).send().await.expect(200);
    assert_eq!(set["data"]["is_own"], true, "{set}");
    assert_eq!(set["data"]["per_page"], "0", "{set}");
    for tenant in ["default", "beta"] {
        gateway
            .manage(&["balance", "prepaid", tenant, "on"], "")
            .await;
    }

    let fax = gateway.fax(&alice, OTHER).await;
    let waiting = eventually("it waits for money", DEADLINE, async || {
        let body = gateway.status(&alice, &fax).await;
        let text = body.to_string();
        text.contains("\"balance\"").then_some(text)
    })
    .await;
    assert!(waiting.contains("prepaid balance is too low"), "{waiting}");

    let money = json!({"amount": "25.00", "reference": "invoice 7"});
    let top_up = async |body: &serde_json::Value| {
        let ask = gateway.ask("POST", "/api/v1/balance/top-up").token(&alice);
        ask.json(body).send().await
    };
    let first = top_up(&money).await.expect(200);
    assert_eq!(first["data"]["is_new"], true, "{first}");
    let again = top_up(&money).await.expect(200);
    assert_eq!(again["data"]["is_new"], false, "{again}");
    assert_eq!(again["data"]["entry"]["seq"], first["data"]["entry"]["seq"]);
    let other = json!({"amount": "26.00", "reference": "invoice 7"});
    top_up(&other)
        .await
        .refused(409, "REFERENCE_USED", "another amount");

    gateway.until(&alice, &fax, "sent").await;
    let used = data(&gateway, &alice, "/api/v1/usage").await;
    let total = &used["total"];
    assert_eq!(
        (&total["faxes_sent"], &total["pages_sent"]),
        (&json!(1), &json!(1)),
        "{used}"
    );
    assert_eq!(
        (&total["faxes_on_net"], &total["pages_on_net"]),
        (&json!(1), &json!(1)),
        "{used}"
    );
    assert_eq!(total["price"], "0.03", "{used}");
    let balance = data(&gateway, &alice, "/api/v1/balance").await;
    assert_eq!(
        (&balance["balance"], &balance["held"]),
        (&json!("24.97"), &json!("0")),
        "{balance}"
    );

    // Nothing is refused for want of money that comes in.
    let theirs = eventually("it is received", DEADLINE, async || {
        let used = data(&gateway, &bob, "/api/v1/usage").await;
        (used["total"]["faxes_received"] == 1).then_some(used)
    })
    .await;
    assert_eq!(theirs["total"]["pages_received"], 1, "{theirs}");
    assert_eq!(theirs["total"]["price"], "0.01", "{theirs}");
    let balance = data(&gateway, &bob, "/api/v1/balance").await;
    assert_eq!(balance["balance"], "-0.01", "{balance}");

    let entries = data(&gateway, &alice, "/api/v1/balance/entries?limit=10").await;
    let kinds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].clone())
        .collect();
    assert_eq!(kinds, ["capture", "hold", "top_up"]);
    assert_eq!(entries[0]["fax"], fax, "{entries}");
    let csv = gateway
        .ask("GET", "/api/v1/usage.csv")
        .token(&alice)
        .send()
        .await;
    assert_eq!(csv.status, 200);
    assert!(csv.header("content-type").starts_with("text/csv"));
    let lines: Vec<_> = csv.text().split("\r\n").collect();
    assert!(lines[0].starts_with("tenant,day,attempts,"), "{lines:?}");
    assert!(
        lines[1].starts_with("default,") && lines[1].ends_with(",0.03,USD"),
        "{lines:?}"
    );
    let console = gateway.manage(&["usage", "--csv"], "").await;
    assert_eq!(console.matches("tenant,day").count(), 1, "{console}");
    assert!(console.contains(lines[1]), "{console}");
    let shown = gateway.manage(&["balance", "show", "default"], "").await;
    assert!(shown.contains("available 24.97 USD"), "{shown}");
    assert!(shown.contains("\ttop_up\tamount 25"), "{shown}");
}

async fn only_operators_move_money(db: TestDb) {
    let gateway = secluded(db, None).await;
    let bob = neighbours(&gateway).await;
    let money = json!({"amount": "1", "reference": "mine"});
    let body = json!({"prepaid": false});
    for (method, path, body) in [
        ("POST", "/api/v1/balance/top-up", &money),
        ("PUT", "/api/v1/balance", &body),
        ("PUT", "/api/v1/prices", &json!({})),
        ("DELETE", "/api/v1/prices", &json!({})),
        ("GET", "/api/v1/usage?tenant=default", &json!({})),
        ("GET", "/api/v1/balance?tenant=default", &json!({})),
        ("GET", "/api/v1/balance/entries?tenant=default", &json!({})),
        ("GET", "/api/v1/prices?tenant=default", &json!({})),
    ] {
        let answer = gateway
            .ask(method, path)
            .token(&bob)
            .json(body)
            .send()
            .await;
        answer.refused(403, "ROLE_FORBIDDEN", "operator");
    }
    let own = data(&gateway, &bob, "/api/v1/prices").await;
    assert_eq!(own["is_own"], false, "{own}");
    let named = data(&gateway, &bob, "/api/v1/balance?tenant=beta").await;
    assert_eq!(named["balance"], "0", "{named}");
}

async fn what_cannot_be_meant_is_refused(db: TestDb) {
    let gateway = secluded(db, None).await;
    let alice = gateway.sign_in().await;
    for query in [
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-02-02&to=2026-02-01",
        "from=1990-01-01",
    ] {
        let ask = gateway
            .ask("GET", &format!("/api/v1/usage?{query}"))
            .token(&alice);
        ask.send().await.refused(400, "INVALID_QUERY", "");
    }
    let ask = gateway
        .ask("GET", "/api/v1/usage?tenant=nobody")
        .token(&alice);
    ask.send().await.refused(404, "NO_SUCH_TENANT", "nobody");
    for (body, code) in [
        (json!({}), "INVALID_FIELDS"),
        (json!({"amount": "0", "reference": "x"}), "INVALID_AMOUNT"),
        (json!({"amount": "1e3", "reference": "x"}), "INVALID_FIELDS"),
        (json!({"amount": "-1", "reference": "x"}), "BALANCE_TOO_LOW"),
        (
            json!({"amount": "1", "reference": "a\nb"}),
            "INVALID_REFERENCE",
        ),
    ] {
        let ask = gateway.ask("POST", "/api/v1/balance/top-up").token(&alice);
        let answer = ask.json(&body).send().await;
        let status = if code == "BALANCE_TOO_LOW" { 409 } else { 400 };
        answer.refused(status, code, "");
    }
    let keyed = async |body: serde_json::Value| {
        let ask = gateway.ask("POST", "/api/v1/balance/top-up").token(&alice);
        ask.header("Idempotency-Key", "k1").json(&body).send().await
    };
    let first = keyed(json!({"amount": "2"})).await.expect(200);
    let again = keyed(json!({"amount": "2"})).await.expect(200);
    assert_eq!(first["data"]["entry"], again["data"]["entry"]);
    assert_eq!(keyed(json!({"amount": "3"})).await.status, 409);
    let balance = data(&gateway, &alice, "/api/v1/balance").await;
    assert_eq!(balance["balance"], "2", "{balance}");
    let prices = gateway.ask("PUT", "/api/v1/prices").token(&alice);
    let answer = prices.json(&json!({"per_page": "-1"})).send().await;
    answer.refused(400, "INVALID_FIELDS", "below zero");
}

async fn money_without_a_name_is_added_once_for_each_request(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let alice = gateway.sign_in().await;
    gateway.manage(&["tenant", "create", "beta"], "").await;
    let oscar = gateway.member("beta", "oscar", "operator").await;
    let top_up = async |token: &str, key: &str| {
        let ask = gateway
            .ask("POST", "/api/v1/balance/top-up?tenant=beta")
            .token(token);
        let ask = ask
            .header("Idempotency-Key", key)
            .json(&json!({"amount": "10"}));
        ask.send().await
    };
    let long = |end: &str| format!("{}{end}", "x".repeat(200));
    let first = top_up(&alice, "1").await.expect(200);
    // The same request; another operator's key of the same text; keys that begin alike.
    assert_eq!(top_up(&alice, "1").await.expect(200), first);
    for (token, key) in [
        (&oscar, "1".to_owned()),
        (&alice, long("a")),
        (&alice, long("b")),
    ] {
        let more = top_up(token, &key).await.expect(200);
        assert_eq!(more["data"]["is_new"], true, "{more}");
    }
    let balance = data(&gateway, &oscar, "/api/v1/balance").await;
    assert_eq!(balance["balance"], "40", "{balance}");
    let nameless = gateway.ask("POST", "/api/v1/balance/top-up").token(&alice);
    let nameless = nameless.json(&json!({"amount": "10"})).send().await;
    nameless.refused(400, "INVALID_FIELDS", "Idempotency-Key");
}

async fn test_faxes_stay_with_their_sender_and_cost_nothing(db: TestDb) {
    const OWN: &str = "+15551112222";
    let gateway = secluded(db, None).await;
    let bob = neighbours(&gateway).await;
    let alice = gateway.sign_in().await;
    gateway
        .manage(&["did", "add", OWN, "--tenant", "default"], "")
        .await;
    for tenant in ["default", "beta"] {
        gateway
            .manage(&["price", "set", tenant, "--per-page-received", "0.01"], "")
            .await;
        gateway
            .manage(&["balance", "prepaid", tenant, "on"], "")
            .await;
    }
    let rehearse = async |to: &str| {
        let filename = gateway.upload(&alice, 1).await;
        let body = json!({"username": DID, "filename": filename, "numbers": to});
        let ask = gateway.ask("POST", "/api/fax/send/").token(&alice);
        let sent = ask
            .header("X-Test-Mode", "true")
            .json(&body)
            .send()
            .await
            .expect(200);
        gateway
            .until(&alice, sent["uuid"].as_str().unwrap(), "sent")
            .await;
    };
    let inbound = async |token: &str| {
        let path = "/api/fax/list/?direction=inbound";
        gateway
            .ask("GET", path)
            .token(token)
            .send()
            .await
            .expect(200)
    };
    // The simulator learns our numbers after a moment, the other tenant's before this one.
    let own = eventually("one's own arrives", DEADLINE, async || {
        rehearse(OWN).await;
        let list = inbound(&alice).await;
        (list["count"] != 0).then_some(list)
    })
    .await;
    let uuid = own["results"][0]["uuid"].as_str().unwrap();
    assert_eq!(
        gateway.status(&alice, uuid).await["simulated"],
        true,
        "{own}"
    );
    rehearse(OTHER).await;
    eventually(
        "the other tenant's is kept for the operator",
        DEADLINE,
        async || {
            let kept = gateway
                .manage(&["inbound", "list", "--state", "unmatched"], "")
                .await;
            kept.contains("a test fax").then_some(())
        },
    )
    .await;
    assert_eq!(inbound(&bob).await["count"], 0);
    for token in [&alice, &bob] {
        let balance = data(&gateway, token, "/api/v1/balance").await;
        assert_eq!(balance["balance"], "0", "{balance}");
        let used = data(&gateway, token, "/api/v1/usage").await;
        assert_eq!(used["total"]["faxes_received"], 0, "{used}");
    }
}
