//! What is sent to an address, and what is taken of the answer.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use faxgate_outbound::{
    Config, HeaderMap, Lookup, Outbound, OutboundError, Post, Posted, Resolver,
};

use crate::refused::{NOT_FETCHED, NOT_PUBLIC};
use crate::server::{Answer, Server};

const OK: Answer = Answer::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

fn to_loopback() -> Outbound {
    let config = Config {
        allow_nets: vec!["127.0.0.0/8".parse().unwrap()],
        ..Config::default()
    };
    Outbound::new(config).unwrap()
}

fn something() -> Post {
    Post {
        headers: HeaderMap::new(),
        body: "{\"type\":\"fax.sent\"}".into(),
        timeout: Duration::from_secs(20),
        max_bytes: 10,
    }
}

async fn post(server: &Server, post: Post) -> Result<Posted, OutboundError> {
    let url = format!("http://{}/hook?key=hush", server.address);
    to_loopback().post(&url, post).await
}

#[tokio::test]
async fn the_body_and_the_headers_given_go_out() {
    let mut server = Server::start(OK).await;
    let mut sent = something();
    sent.headers.insert("webhook-id", "evt_1".parse().unwrap());
    let answer = post(&server, sent).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty() && !answer.is_cut);
    let request = server.requests.recv().await.unwrap();
    assert!(
        request.starts_with("POST /hook?key=hush HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("webhook-id: evt_1\r\n"), "{request}");
    assert!(request.contains("content-length: 19\r\n"), "{request}");
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirect_is_followed() {
    let target = Server::start(OK).await;
    for status in ["301", "302", "307", "308"] {
        let location = format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
            target.address
        );
        let server = Server::start(Answer::Bytes(location.leak())).await;
        let answer = post(&server, something()).await.unwrap();
        assert_eq!(answer.status.as_str(), status);
    }
    assert_eq!(target.connections().await, 0);
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy";
    let server = Server::start(Answer::Bytes(busy)).await;
    let answer = post(&server, something()).await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "7");
    assert_eq!(answer.body, "busy");
}

#[tokio::test]
async fn only_the_beginning_of_an_answer_is_taken() {
    let endless = Server::start(Answer::Endless("HTTP/1.1 200 OK\r\n\r\n")).await;
    let answer = post(&endless, something()).await.unwrap();
    assert_eq!(answer.body, "xxxxxxxxxx");
    assert!(answer.is_cut);
}

#[tokio::test]
async fn an_answer_whose_body_never_ends_is_an_answer_all_the_same() {
    let stuck = Server::start(Answer::Silence(
        "HTTP/1.1 202 Accepted\r\nContent-Length: 8\r\n\r\n123",
    ))
    .await;
    let mut sent = something();
    sent.timeout = Duration::from_millis(300);
    let answer = post(&stuck, sent).await.unwrap();
    assert_eq!(answer.status, 202);
    assert_eq!(answer.body, "123");
    assert!(answer.is_cut);
}

#[tokio::test]
async fn silence_ends_with_the_time_of_the_request() {
    let silent = Server::start(Answer::Silence("")).await;
    let mut sent = something();
    sent.timeout = Duration::from_millis(200);
    let error = post(&silent, sent).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_public() {
    let server = Server::start(OK).await;
    let outbound = Outbound::new(Config::default()).unwrap();
    for host in NOT_PUBLIC {
        let url = format!("http://{host}:{}/x", server.address.port());
        let error = outbound.post(&url, something()).await.unwrap_err();
        assert!(error.is_refused_address(), "{url}: {error:?}");
    }
    for url in NOT_FETCHED {
        let error = outbound.post(url, something()).await.unwrap_err();
        assert!(error.is_invalid_url(), "{url}: {error:?}");
    }
    assert_eq!(server.connections().await, 0);
}

/// Each entry is what one name resolves to: none of it may be reached.
const PRIVATE_NAMES: &[&[&str]] = &[
    &["127.0.0.1"],
    &["10.0.0.1"],
    &["192.168.1.1"],
    &["169.254.169.254"],
    &["0.0.0.0"],
    &["::1"],
    &["::"],
    &["::ffff:127.0.0.1"],
    &["64:ff9b::7f00:1"],
    &["2002:7f00:1::"],
    &["fd00:ec2::254"],
    &["fe80::1"],
    &["10.0.0.1", "127.0.0.1", "::1"],
];

#[tokio::test]
async fn nothing_is_sent_to_a_name_that_leads_to_an_address_that_is_not_public() {
    let server = Server::start(OK).await;
    for addresses in PRIVATE_NAMES {
        let found = addresses.iter().map(|a| a.parse().unwrap()).collect();
        let outbound = Outbound::with_resolver(Config::default(), Script::of(vec![found])).unwrap();
        let url = format!("http://inside.example.com:{}/x", server.address.port());
        let error = outbound.post(&url, something()).await.unwrap_err();
        assert!(error.is_refused_address(), "{addresses:?}: {error:?}");
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn a_name_that_was_good_once_is_judged_again_each_time() {
    // Closes after each answer, so that each request connects anew.
    let server = Server::start(Answer::Bytes(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ))
    .await;
    let (good, bad): (IpAddr, IpAddr) =
        ("127.0.0.1".parse().unwrap(), "127.9.9.9".parse().unwrap());
    let config = Config {
        allow_nets: vec!["127.0.0.1".parse::<IpAddr>().unwrap().into()],
        ..Config::default()
    };
    let names = Script::of(vec![vec![good], vec![bad], vec![good, bad]]);
    let outbound = Outbound::with_resolver(config, names).unwrap();
    let url = format!("http://rebind.example.com:{}/", server.address.port());
    assert_eq!(outbound.post(&url, something()).await.unwrap().status, 200);
    let error = outbound.post(&url, something()).await.unwrap_err();
    assert!(error.is_refused_address(), "{error:?}");
    assert_eq!(outbound.post(&url, something()).await.unwrap().status, 200);
    assert_eq!(server.connections().await, 2);
}

/// Gives its answers in order.
struct Script(Mutex<std::vec::IntoIter<Vec<IpAddr>>>);

impl Script {
    fn of(answers: Vec<Vec<IpAddr>>) -> Self {
        Self(Mutex::new(answers.into_iter()))
    }
}

impl Resolver for Script {
    fn lookup(&self, _name: String) -> Lookup {
        let next = self.0.lock().unwrap().next();
        Box::pin(async move { next.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}
