//! `/api/v1/events`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::Value;

use super::log::Log;
use crate::under_test::Gateway;

on_both_databases![
    pages_follow_one_another_and_miss_nothing,
    only_the_types_that_are_asked_for_are_listed,
    an_id_that_is_none_is_refused,
];

async fn list(gateway: &Gateway, token: &str, query: &str) -> Value {
    let ask = gateway.ask("GET", &format!("/api/v1/events{query}"));
    ask.token(token).send().await.expect(200)
}

async fn pages_follow_one_another_and_miss_nothing(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    for _ in 0..5 {
        log.append(tenant, 1).await;
    }
    let all = list(&gateway, &token, "?types=number.changed").await;
    assert_eq!(all["meta"]["paging"]["more"], false);
    let all = all["data"].as_array().unwrap().clone();
    assert_eq!(all.len(), 5);
    let mut paged: Vec<Value> = Vec::new();
    loop {
        let after = paged.last().map_or(String::new(), |event| {
            format!("&after={}", event["id"].as_str().unwrap())
        });
        let page = list(
            &gateway,
            &token,
            &format!("?types=number.changed&limit=2{after}"),
        )
        .await;
        paged.extend(page["data"].as_array().unwrap().clone());
        if page["meta"]["paging"]["more"] == false {
            break;
        }
        assert_eq!(page["data"].as_array().unwrap().len(), 2);
    }
    assert_eq!(paged, all);
}

async fn only_the_types_that_are_asked_for_are_listed(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let tenant = log.tenant("default").await;
    log.append(tenant, 1).await;
    gateway.fax(&token, "5550001111").await;
    let kinds = async |query: &str| {
        let body = list(&gateway, &token, query).await;
        let events = body["data"].as_array().unwrap().clone();
        let kinds = events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(
        kinds("").await,
        ["number.added", "number.changed", "fax.queued"]
    );
    assert_eq!(
        kinds("?types=fax.queued,%20number.changed").await,
        ["number.changed", "fax.queued"]
    );
    assert_eq!(kinds("?types=fax.sent").await, Vec::<String>::new());
}

async fn an_id_that_is_none_is_refused(db: TestDb) {
    let log = Log::of(&db);
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let stranger = gateway.another_tenant("stranger", "5552223333").await;
    log.append(log.tenant("default").await, 1).await;
    let own = list(&gateway, &token, "?types=number.changed").await;
    let own = own["data"][0]["id"].as_str().unwrap().to_owned();
    for path in [
        "/api/v1/events?after=",
        "/api/v1/events/stream?last_event_id=",
    ] {
        let refused = async |id: &str, token: &str| {
            let answer = gateway
                .ask("GET", &format!("{path}{id}"))
                .token(token)
                .send()
                .await;
            let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
            (answer.status, code)
        };
        assert_eq!(
            refused("evt_1", &token).await,
            (400, "INVALID_EVENT_ID".to_owned())
        );
        let none = (404, "NO_SUCH_EVENT".to_owned());
        assert_eq!(refused(&own, &stranger).await, none, "another tenant's");
        let later = format!("evt_zz{}", &own[6..]);
        assert_eq!(refused(&later, &token).await, none, "one that never was");
    }
}
