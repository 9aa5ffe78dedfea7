//! The rate limit, shared by a client's clones. Time stands still but for what the client waits for.

use std::time::Duration;

use faxgate_telnyx::{Client, Config, NewNumberOrder};
use tokio::time::Instant;

use crate::support::{ACCEPTED, Server, answer, config, fax};

const FOUND: &str = r#"{"data":{"id":"f1"}}"#;
const NONE_LEFT: &str =
    "x-ratelimit-limit: 10\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 3\r\n";

fn unhurried(url: &str) -> Config {
    let mut config = config(url);
    config.timeout = Duration::from_secs(86_400);
    config.connect_timeout = Duration::from_secs(86_400);
    config
}

#[tokio::test(start_paused = true)]
async fn reading_waits_for_the_next_window_when_nothing_is_left() {
    let server = Server::start([
        answer("200 OK", NONE_LEFT, FOUND),
        answer("200 OK", "", FOUND),
    ])
    .await;
    let client = Client::new(unhurried(&server.url)).unwrap();
    client.faxes().get(&"f1".into()).await.unwrap();
    assert_eq!(client.rate_limit().limit, Some(10));
    assert_eq!(client.rate_limit().remaining, Some(0));
    assert_eq!(client.rate_limit().reset, Some(Duration::from_secs(3)));

    let clone = client.clone();
    clone.faxes().get(&"f1".into()).await.unwrap();
    let seen = server.seen();
    let waited = seen[1].at - seen[0].at;
    assert!(waited >= Duration::from_secs(3), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_bounded() {
    let hours = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 7200\r\n";
    let server = Server::start([answer("200 OK", hours, FOUND), answer("200 OK", "", FOUND)]).await;
    let config = unhurried(&server.url);
    let longest = config.retries.longest;
    let client = Client::new(config).unwrap();
    client.faxes().get(&"f1".into()).await.unwrap();
    client.faxes().get(&"f1".into()).await.unwrap();
    let seen = server.seen();
    let waited = seen[1].at - seen[0].at;
    assert!(waited >= longest && waited < longest * 2, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn sending_and_ordering_never_wait() {
    let order = r#"{"data":{"id":"o1","status":"pending"}}"#;
    let server = Server::start([
        answer("200 OK", NONE_LEFT, FOUND),
        answer("202 Accepted", NONE_LEFT, ACCEPTED),
        answer("200 OK", NONE_LEFT, order),
    ])
    .await;
    let client = Client::new(unhurried(&server.url)).unwrap();
    client.faxes().get(&"f1".into()).await.unwrap();
    let before = Instant::now();
    client.faxes().send(&fax()).await.unwrap();
    client
        .number_orders()
        .create(&NewNumberOrder::default())
        .await
        .unwrap();
    assert!(Instant::now() - before < Duration::from_secs(3));
    assert_eq!(server.seen().len(), 3);
}
