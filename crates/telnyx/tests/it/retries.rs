//! What is asked again, and what never is.

use std::time::Duration;

use faxgate_telnyx::{
    Client, Delivery, FaxApplicationSettings, NewNumberOrder, PhoneNumberChange, Retries,
};
use proptest::prelude::*;
use tokio::time::Instant;

use crate::support::{Act, Server, answer, client, config};

const FOUND: &str = r#"{"data":{"id":"f1","status":"delivered"}}"#;

#[tokio::test]
async fn reading_is_repeated_after_429_and_5xx_and_a_broken_connection() {
    for act in [
        answer("429 Too Many Requests", "", "{}"),
        answer("503 Unavailable", "", ""),
        Act::Close,
        Act::AnswerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_owned()),
    ] {
        let server = Server::start([act.clone(), act, answer("200 OK", "", FOUND)]).await;
        let found = client(&server.url).faxes().get(&"f1".into()).await.unwrap();
        assert_eq!(found.unwrap().id.as_str(), "f1");
        assert_eq!(server.seen().len(), 3);
    }
}

#[tokio::test]
async fn after_the_last_repetition_the_error_comes_out() {
    let broken = || answer("500 Oh", "", "");
    let server = Server::start([broken(), broken(), broken()]).await;
    let error = client(&server.url).faxes().get(&"f1".into()).await;
    let error = error.unwrap_err();
    assert_eq!(error.status(), Some(500));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn deleting_and_canceling_are_repeated() {
    let broken = || answer("502 Bad Gateway", "", "");
    let server = Server::start([
        broken(),
        answer("204 No Content", "", ""),
        broken(),
        answer("200 OK", "", r#"{"data":{"result":"ok"}}"#),
        broken(),
        answer("404 Not Found", "", "{}"),
    ])
    .await;
    let client = client(&server.url);
    assert!(client.faxes().delete(&"f1".into()).await.unwrap());
    client.faxes().cancel(&"f1".into()).await.unwrap();
    assert!(!client.phone_numbers().delete(&"1".into()).await.unwrap());
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn what_changes_something_is_asked_once() {
    let broken = || answer("503 Unavailable", "", "");
    let server = Server::start([broken(), broken(), broken(), broken(), broken()]).await;
    let client = client(&server.url);
    let settings = FaxApplicationSettings::new("Fax", "https://example.com/".parse().unwrap());
    let applications = client.fax_applications();
    let errors = [
        client
            .number_orders()
            .create(&NewNumberOrder::default())
            .await
            .err(),
        applications.create(&settings).await.err(),
        applications.update(&"1".into(), &settings).await.err(),
        client
            .phone_numbers()
            .update(&"1".into(), &PhoneNumberChange::default())
            .await
            .err(),
        client.faxes().refresh(&"1".into()).await.err(),
    ];
    for error in errors {
        assert_eq!(error.map(|error| error.delivery()), Some(Delivery::Unclear));
    }
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn a_refusal_and_an_answer_that_cannot_be_read_are_final() {
    for act in [answer("422 No", "", "{}"), answer("200 OK", "", "{}")] {
        let server = Server::start([act]).await;
        assert!(client(&server.url).faxes().get(&"f1".into()).await.is_err());
        assert_eq!(server.seen().len(), 1);
    }
}

/// Time stands still until everybody waits, and then runs to the time-out.
#[tokio::test(start_paused = true)]
async fn time_that_ran_out_is_not_spent_again() {
    let server = Server::start([Act::Hang]).await;
    let error = client(&server.url)
        .faxes()
        .get(&"f1".into())
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(server.seen().len(), 1);
}

/// Time stands still but for what the client waits for: the server lives in the same runtime.
#[tokio::test(start_paused = true)]
async fn the_delay_that_the_server_asks_for_is_kept() {
    let busy = answer("429 Too Many Requests", "Retry-After: 4\r\n", "{}");
    let server = Server::start([busy, answer("200 OK", "", FOUND)]).await;
    let client = Client::new(unhurried(&server.url)).unwrap();
    let before = Instant::now();
    client.faxes().get(&"f1".into()).await.unwrap();
    let waited = server.seen()[1].at - before;
    assert!(waited >= Duration::from_secs(4), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_too_much_is_not_waited_for() {
    let busy = answer("429 Too Many Requests", "Retry-After: 60\r\n", "{}");
    let server = Server::start([busy]).await;
    let client = Client::new(unhurried(&server.url)).unwrap();
    let error = client.faxes().get(&"f1".into()).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    assert_eq!(server.seen().len(), 1);
}

/// Settings whose time-outs lie beyond every wait.
fn unhurried(url: &str) -> faxgate_telnyx::Config {
    let mut config = config(url);
    config.timeout = Duration::from_secs(86_400);
    config.connect_timeout = Duration::from_secs(86_400);
    config
}

proptest! {
    #[test]
    fn a_delay_lies_between_half_and_all_of_its_span(failures in 0..2_u32, random: u32) {
        let retries = Retries::default().with_random(move || random);
        let whole = retries.first * 2_u32.pow(failures);
        let delay = retries.delay(failures, None).unwrap();
        prop_assert!(delay >= whole / 2 && delay <= whole);
    }

    #[test]
    fn no_delay_is_longer_than_the_longest(
        most in 1..100_u32, failures: u32, random: u32, asked in proptest::option::of(0..10_000_u64),
    ) {
        let mut retries = Retries::default().with_random(move || random);
        retries.most = most;
        let delay = retries.delay(failures, asked.map(Duration::from_millis));
        prop_assert!(delay.is_none_or(|delay| delay <= retries.longest));
        prop_assert!(delay.is_none() || failures < most);
    }
}
