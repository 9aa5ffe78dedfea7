//! `/api/fax/list/`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::Value;

use crate::under_test::{Answer, Gateway};

on_both_databases![
    pages_follow_one_another_and_miss_nothing,
    filters_narrow_the_list,
    a_filter_that_does_not_exist_is_refused_with_those_that_do,
];

async fn list(gateway: &Gateway, token: &str, query: &str) -> Answer {
    gateway
        .ask("GET", &format!("/api/fax/list/{query}"))
        .token(token)
        .send()
        .await
}

fn uuids(body: &Value) -> Vec<String> {
    let results = body["results"].as_array().unwrap();
    results
        .iter()
        .map(|fax| fax["uuid"].as_str().unwrap().to_owned())
        .collect()
}

/// The address that `Link` gives for a relation.
fn link(answer: &Answer, relation: &str) -> Option<String> {
    answer.header("Link").split(", ").find_map(|link| {
        let (address, rel) = link.split_once("; ")?;
        (rel == format!("rel=\"{relation}\"")).then(|| address.trim_matches(['<', '>']).to_owned())
    })
}

async fn pages_follow_one_another_and_miss_nothing(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.insert(0, gateway.fax(&token, "5559876543").await);
    }
    let all = list(&gateway, &token, "").await;
    let body = all.expect(200);
    assert_eq!(body["count"], 5);
    assert_eq!(uuids(&body), sent, "newest first");
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(all.header("Link"), "");

    let mut next = Some("/api/fax/list/?limit=2&direction=outbound".to_owned());
    let mut seen = Vec::new();
    let mut last = None;
    while let Some(path) = next {
        let answer = gateway.ask("GET", &path).token(&token).send().await;
        let body = answer.expect(200);
        assert_eq!(body["count"], 5);
        seen.extend(uuids(&body));
        next = link(&answer, "next");
        assert!(
            next.as_ref()
                .is_none_or(|next| next.contains("direction=outbound"))
        );
        last = link(&answer, "prev");
    }
    assert_eq!(seen, sent);
    let before = gateway
        .ask("GET", &last.unwrap())
        .token(&token)
        .send()
        .await;
    assert_eq!(uuids(&before.expect(200)), sent[2..4]);
    let beyond = list(&gateway, &token, "?offset=100").await;
    let body = beyond.expect(200);
    assert_eq!((body["count"].as_u64(), uuids(&body).len()), (Some(5), 0));
}

async fn filters_narrow_the_list(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let sent = gateway.fax(&token, "5559876543").await;
    gateway.until(&token, &sent, "sent").await;
    let failed = gateway.fax(&token, "5550004444").await;
    gateway.until(&token, &failed, "failed").await;
    for (query, expected) in [
        ("?direction=outbound", vec![&failed, &sent]),
        ("?direction=inbound", vec![]),
        ("?status=sent", vec![&sent]),
        ("?direction=outbound&status=failed", vec![&failed]),
        ("?status=received", vec![]),
        ("?direction=&status=", vec![&failed, &sent]),
        ("?unknown=1&status=sent", vec![&sent]),
    ] {
        let body = list(&gateway, &token, query).await.expect(200);
        assert_eq!(uuids(&body).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(body["count"], expected.len(), "{query}");
    }
}

async fn a_filter_that_does_not_exist_is_refused_with_those_that_do(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    for (query, hint) in [
        ("?direction=up", "inbound, outbound"),
        (
            "?status=done",
            "pending, processing, sent, received, failed, canceled",
        ),
        ("?limit=0", "1 to 500"),
        ("?limit=501", "1 to 500"),
        ("?limit=ten", "1 to 500"),
        ("?offset=-1", "from 0"),
        ("?status=sent&status=failed", "once"),
    ] {
        list(&gateway, &token, query)
            .await
            .refused(400, "INVALID_QUERY", hint);
    }
}
