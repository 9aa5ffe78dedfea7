//! What is fetched, and how far.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use faxgate_outbound::{Config, HeaderMap, Lookup, Outbound, OutboundError, Resolver};

use crate::server::{Answer, Server};

fn to_loopback(max_bytes: u64, timeout: Duration) -> Config {
    Config {
        allow_nets: vec!["127.0.0.0/8".parse().unwrap()],
        timeout,
        max_bytes,
    }
}

async fn get(server: &Server, max_bytes: u64) -> Result<faxgate_outbound::Fetched, OutboundError> {
    let config = to_loopback(max_bytes, Duration::from_secs(20));
    let url = format!("http://{}/fax.pdf?signature=hush", server.address);
    Outbound::new(config)
        .unwrap()
        .get(&url, HeaderMap::new())
        .await
}

#[tokio::test]
async fn an_allowed_address_is_fetched() {
    let mut server = Server::start(Answer::Bytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 5\r\n\r\n%PDF-",
    ))
    .await;
    let fetched = get(&server, 5).await.unwrap();
    assert_eq!(fetched.status, 200);
    assert_eq!(fetched.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(fetched.bytes, "%PDF-");
    let request = server.requests.recv().await.unwrap();
    assert!(
        request.starts_with("GET /fax.pdf?signature=hush HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        !request.to_ascii_lowercase().contains("authorization"),
        "{request}"
    );
}

#[tokio::test]
async fn headers_go_along_only_when_given() {
    let mut server = Server::start(Answer::Bytes("HTTP/1.1 204 No Content\r\n\r\n")).await;
    let outbound = Outbound::new(to_loopback(10, Duration::from_secs(20))).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer KEY1".parse().unwrap());
    let url = format!("http://{}/", server.address);
    let fetched = outbound.get(&url, headers).await.unwrap();
    assert_eq!(fetched.content_type, None);
    assert!(fetched.bytes.is_empty());
    let request = server.requests.recv().await.unwrap();
    assert!(
        request.contains("authorization: Bearer KEY1\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn a_body_announced_too_large_is_not_read() {
    let server = Server::start(Answer::Endless(
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
    ))
    .await;
    let error = get(&server, 1000).await.unwrap_err();
    assert!(error.is_too_large(), "{error:?}");
}

#[tokio::test]
async fn a_body_that_grows_too_large_is_cut_off() {
    let endless = Server::start(Answer::Endless("HTTP/1.1 200 OK\r\n\r\n")).await;
    let error = get(&endless, 100_000).await.unwrap_err();
    assert!(error.is_too_large(), "{error:?}");

    let one_more = Server::start(Answer::Bytes("HTTP/1.1 200 OK\r\n\r\n123456")).await;
    assert!(get(&one_more, 5).await.unwrap_err().is_too_large());
    assert_eq!(get(&one_more, 6).await.unwrap().bytes, "123456");
}

#[tokio::test]
async fn a_redirect_is_an_answer_not_an_order() {
    let target = Server::start(Answer::Bytes(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ))
    .await;
    let location = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        target.address
    );
    let server = Server::start(Answer::Bytes(location.leak())).await;
    let error = get(&server, 10).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
    assert_eq!(target.connections().await, 0);
}

#[tokio::test]
async fn an_answer_of_failure_is_told_by_its_status() {
    let server = Server::start(Answer::Bytes(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ))
    .await;
    let error = get(&server, 10).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert!(!error.is_timeout() && !error.is_too_large() && !error.is_refused_address());
}

#[tokio::test]
async fn silence_ends_with_the_time_allowed() {
    for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"] {
        let server = Server::start(Answer::Silence(said)).await;
        let config = to_loopback(10, Duration::from_millis(200));
        let url = format!("http://{}/", server.address);
        let error = Outbound::new(config)
            .unwrap()
            .get(&url, HeaderMap::new())
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_never_shows_the_address_with_its_signature() {
    let server = Server::start(Answer::Bytes("nonsense\r\n\r\n")).await;
    let error = get(&server, 10).await.unwrap_err();
    let mut shown = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        shown.push_str(&inner.to_string());
        cause = inner.source();
    }
    assert!(!shown.contains("hush"), "{shown}");
}

/// A name server that answers every question alike.
struct Fixed(Vec<IpAddr>);

impl Resolver for Fixed {
    fn lookup(&self, _name: String) -> Lookup {
        let found = self.0.clone();
        Box::pin(async move { Ok(found) })
    }
}

#[tokio::test]
async fn of_a_names_addresses_only_those_that_pass_are_connected_to() {
    let mut server = Server::start(Answer::Bytes(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ))
    .await;
    let inside = Fixed(vec![
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    ]);
    let outbound =
        Outbound::with_resolver(to_loopback(10, Duration::from_secs(20)), inside).unwrap();
    let url = format!("http://media.example.com:{}/", server.address.port());
    assert_eq!(
        outbound.get(&url, HeaderMap::new()).await.unwrap().bytes,
        "ok"
    );
    assert!(
        server
            .requests
            .recv()
            .await
            .unwrap()
            .contains("host: media.example.com:")
    );
}
