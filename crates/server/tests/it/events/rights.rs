//! Who sees which events.

use faxgate_test_support::{TestDb, on_both_databases};

use super::client::Stream;
use super::log::Log;
use crate::under_test::Gateway;

on_both_databases![
    nobody_sees_another_tenants_events,
    whoever_only_looks_may_look_at_events,
    without_a_token_there_is_no_stream,
    a_ticket_opens_one_stream,
];

async fn nobody_sees_another_tenants_events(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let stranger = gateway.another_tenant("stranger", "5552223333").await;
    let own = gateway.sign_in().await;
    let (ours, theirs) = (log.tenant("default").await, log.tenant("stranger").await);
    let mut stream = Stream::open(&gateway, &stranger, "", None).await;
    let mut other = Stream::open(&gateway, &own, "", None).await;
    for _ in 0..3 {
        log.append(ours, 1).await;
    }
    log.append(theirs, 1).await;
    assert_eq!(stream.take(1).await[0].data["data"]["n"], 3);
    let seen = other.take(3).await;
    assert_eq!(seen[2].data["data"]["n"], 2);
    let listed = gateway
        .ask("GET", "/api/v1/events?types=number.changed")
        .token(&stranger);
    assert_eq!(
        listed.send().await.expect(200)["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let foreign = gateway.ask("GET", "/api/v1/events/stream").token(&stranger);
    let foreign = foreign.header("X-Tenant-ID", "default").send().await;
    assert_eq!(foreign.status, 403);
}

async fn whoever_only_looks_may_look_at_events(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let reader = gateway.member("default", "reader", "read-only").await;
    let mut stream = Stream::open(&gateway, &reader, "", None).await;
    log.append(log.tenant("default").await, 1).await;
    assert_eq!(stream.take(1).await[0].kind, "number.changed");
}

async fn without_a_token_there_is_no_stream(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for path in ["", "/stream", "/ws"] {
        let answer = gateway
            .ask("GET", &format!("/api/v1/events{path}"))
            .send()
            .await;
        assert_eq!(answer.status, 401, "{path}");
    }
    assert_eq!(
        gateway
            .ask("POST", "/api/v1/events/tickets")
            .send()
            .await
            .status,
        401
    );
}

async fn a_ticket_opens_one_stream(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let answer = gateway
        .ask("POST", "/api/v1/events/tickets")
        .token(&token)
        .send()
        .await;
    let ticket = answer.expect(201)["data"]["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    let query = format!("?ticket={ticket}");
    let mut stream = Stream::open(&gateway, "", &query, None).await;
    log.append(log.tenant("default").await, 1).await;
    assert_eq!(stream.take(1).await[0].kind, "number.changed");
    for wrong in [query.as_str(), "?ticket=fxt_0"] {
        let answer = gateway
            .ask("GET", &format!("/api/v1/events/stream{wrong}"))
            .send()
            .await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error"]["code"], "INVALID_TICKET");
    }
}
