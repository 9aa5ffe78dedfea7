//! What goes wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use faxgate_simulator::telnyx::{Fault, ListLag, Trouble};
use faxgate_types::{Ambient, ManualClock, SystemRandom, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{GOOD, STAYS, code, read, telnyx};

#[tokio::test]
async fn a_refusal_accepts_nothing() {
    let telnyx = telnyx(|_| ()).await;
    telnyx.double.inject(Fault::new(Trouble::RateLimited {
        retry_after: Some(7),
    }));
    telnyx.double.inject(Fault::new(Trouble::Refused {
        status: 503,
        code: None,
    }));
    let answer = telnyx.upload(GOOD, &[], 1).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "7");
    let (status, body) = read(answer).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::TOO_MANY_REQUESTS, "10011")
    );
    let (status, _) = read(telnyx.upload(GOOD, &[], 1).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    telnyx.double.inject(Fault::new(Trouble::Closed));
    assert!(telnyx.upload(GOOD, &[], 1).send().await.is_err());
    assert!(telnyx.double.calls().is_empty());
    telnyx.send(GOOD).await;
    assert_eq!(telnyx.double.calls().len(), 1);
    let statuses: Vec<_> = telnyx
        .double
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [Some(429), Some(503), None, Some(202)]);
}

#[tokio::test]
async fn an_answer_that_is_lost_late_wrong_or_torn_belongs_to_a_fax_that_is_sent() {
    let telnyx = telnyx(|_| ()).await;
    let double = &telnyx.double;
    double.inject(Fault::new(Trouble::AnswerLost));
    assert!(telnyx.upload(GOOD, &[], 1).send().await.is_err());
    assert_eq!(double.calls().len(), 1);

    double.inject(Fault::new(Trouble::AnswerLate { millis: 600_000 }));
    let hasty = telnyx
        .upload(GOOD, &[], 1)
        .timeout(Duration::from_millis(200));
    assert!(hasty.send().await.unwrap_err().is_timeout());
    double.until(|double| double.calls().len() == 2).await;

    double.inject(Fault::new(Trouble::AnswerWrong { status: 502 }));
    let (status, _) = read(telnyx.upload(GOOD, &[], 1).send().await.unwrap()).await;
    assert_eq!((status, double.calls().len()), (StatusCode::BAD_GATEWAY, 3));

    double.inject(Fault::new(Trouble::AnswerTorn));
    let answer = telnyx.upload(GOOD, &[], 1).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(answer.bytes().await.is_err());
    assert_eq!(double.calls().len(), 4);
    double.quiet().await;
    assert!(double.calls().iter().all(|call| call.outcome.is_some()));
}

#[tokio::test]
async fn a_slow_request_is_carried_out_though_its_client_has_gone() {
    let telnyx = telnyx(|_| ()).await;
    let slow = Trouble::Slow { millis: 300 };
    telnyx.double.inject(Fault::new(slow));
    let hasty = telnyx
        .upload(GOOD, &[], 1)
        .timeout(Duration::from_millis(100));
    assert!(hasty.send().await.unwrap_err().is_timeout());
    telnyx
        .double
        .until(|double| double.calls().len() == 1)
        .await;
}

#[tokio::test]
async fn a_new_fax_is_listed_late() {
    let start = Timestamp::parse("2026-11-21T05:00:00Z").unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let ambient = Ambient::new(Arc::clone(&clock) as _, Arc::new(SystemRandom));
    let telnyx = telnyx(|options| options.ambient = ambient).await;
    let listed = async || {
        let (_, list) = telnyx.get("/faxes").await;
        list["data"].as_array().unwrap().len()
    };
    telnyx.double.list_lag(ListLag::Lists(2));
    let id = telnyx.send(STAYS).await;
    assert_eq!((listed().await, listed().await, listed().await), (0, 0, 1));
    telnyx.double.list_lag(ListLag::Millis(5000));
    telnyx.send(STAYS).await;
    assert_eq!(listed().await, 1);
    clock.advance(Duration::from_secs(5));
    assert_eq!(listed().await, 2);
    let (status, _) = telnyx.get(&format!("/faxes/{id}")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_revoked_key_and_a_wrong_one_are_refused_alike() {
    let telnyx = telnyx(|_| ()).await;
    telnyx.double.revoke_key(true);
    let (status, body) = telnyx.get("/faxes").await;
    assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "10009"));
    telnyx.double.clear();
    assert_eq!(telnyx.get("/faxes").await.0, StatusCode::OK);
    for header in ["Bearer KEY", "Basic S0VZ", ""] {
        let wrong = telnyx
            .client
            .get(format!("{}/faxes", telnyx.double.base_url()));
        let wrong = wrong.header("authorization", header);
        let (status, body) = read(wrong.send().await.unwrap()).await;
        assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "10009"));
    }
}

#[tokio::test]
async fn a_deleted_application_sends_nothing() {
    let telnyx = telnyx(|options| options.numbers = vec!["+13125550100".to_owned()]).await;
    let id = telnyx.double.connection_id().to_owned();
    telnyx.double.delete_application(&id);
    let (status, body) = read(telnyx.upload(GOOD, &[], 1).send().await.unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNPROCESSABLE_ENTITY, "10015")
    );
    assert_eq!(body["errors"][0]["source"]["pointer"], "/connection_id");
    let (_, numbers) = telnyx.get("/phone_numbers").await;
    assert_eq!(numbers["data"][0]["connection_id"], json!(null));
}

#[tokio::test]
async fn a_busy_client_is_told_how_much_is_left() {
    let start = Timestamp::parse("2026-11-21T05:00:50Z").unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let ambient = Ambient::new(Arc::clone(&clock) as _, Arc::new(SystemRandom));
    let telnyx = telnyx(|options| {
        options.ambient = ambient;
        options.requests_per_minute = 2;
    })
    .await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let request = telnyx.request(Method::GET, "/faxes");
        let answer = request.send().await.unwrap();
        let field = |name| {
            answer
                .headers()
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(field("x-ratelimit-limit").unwrap(), "2");
        assert_eq!(field("x-ratelimit-reset").unwrap(), "10");
        let left = field("x-ratelimit-remaining").unwrap();
        seen.push((answer.status().as_u16(), left, field("retry-after")));
    }
    let row = |status, left: &str, after: Option<&str>| {
        (status, left.to_owned(), after.map(str::to_owned))
    };
    assert_eq!(
        seen,
        [
            row(200, "1", None),
            row(200, "0", None),
            row(429, "0", Some("10"))
        ]
    );
    clock.advance(Duration::from_secs(10));
    assert_eq!(telnyx.get("/faxes").await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_more_faxes_are_taken_than_the_account_may_have_in_process() {
    let telnyx = telnyx(|options| options.max_faxes = 1).await;
    let first = telnyx.send(STAYS).await;
    let (status, body) = read(telnyx.upload(GOOD, &[], 1).send().await.unwrap()).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::TOO_MANY_REQUESTS, "10011")
    );
    let cancel = format!("/faxes/{first}/actions/cancel");
    telnyx.post(&cancel, &json!({})).await;
    telnyx.double.quiet().await;
    telnyx.send(GOOD).await;
}
