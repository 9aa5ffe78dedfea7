//! Addresses that are refused, and that nobody connects to.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use faxgate_outbound::{Config, HeaderMap, Lookup, Outbound, Resolver};

use crate::server::{Answer, Server};

const OK: Answer = Answer::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

/// Hosts of not one public address. The port is put behind.
pub(crate) const NOT_PUBLIC: &[&str] = &[
    // IPv4, as registered
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    // IPv4 in other clothes
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.01",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "0",
    "１２７.０.０.１",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "0xa9fea9fe",
    "169.254.43518",
    "①②⑦.0.0.1",
    // IPv6
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[100:0:0:1::1]",
    "[2001::1]",
    "[2001:0:7f00:1::]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2620:4f:8000::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
    // Names of this machine
    "localhost",
    "LOCALHOST",
];

/// What is no address that is ever fetched.
pub(crate) const NOT_FETCHED: &[&str] = &[
    "",
    "/fax.pdf",
    "//127.0.0.1/fax.pdf",
    "fax.pdf",
    "http://",
    "http:///",
    "https://:443/",
    "file:///etc/passwd",
    "ftp://example.com/x",
    "gopher://127.0.0.1:8021/_auth",
    "data:text/plain,x",
    "javascript:alert(1)",
    "ws://example.com/",
    "unix:/run/x.sock",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com:0/",
    "http://example.com:22/",
    "http://example.com:25/",
    "https://example.com:993/",
    "http://example.com:65536/",
    "http://[::1%25lo]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://exa mple.com/",
    "http://1.2.3.4.5/",
    "http://0x100000000/",
    "http://256.256.256.256/",
];

#[tokio::test]
async fn no_address_that_is_not_public_is_connected_to() {
    assert!(NOT_PUBLIC.len() >= 60);
    let server = Server::start(OK).await;
    let outbound = Outbound::new(Config::default()).unwrap();
    for host in NOT_PUBLIC {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/x", server.address.port());
            let error = outbound.get(&url, HeaderMap::new()).await.unwrap_err();
            assert!(error.is_refused_address(), "{url}: {error:?}");
            assert!(!error.is_timeout() && error.status().is_none());
        }
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn what_is_no_address_is_refused_before_anything_is_looked_up() {
    let outbound = Outbound::with_resolver(Config::default(), NeverAsked).unwrap();
    let long = format!("http://example.com/{}", "a".repeat(9000));
    for url in NOT_FETCHED.iter().copied().chain([long.as_str()]) {
        let error = outbound.get(url, HeaderMap::new()).await.unwrap_err();
        assert!(error.is_invalid_url(), "{url}: {error:?}");
        assert!(outbound.check(url).unwrap_err().is_invalid_url());
    }
}

#[tokio::test]
async fn an_address_can_be_judged_where_it_is_given() {
    let outbound = Outbound::with_resolver(Config::default(), NeverAsked).unwrap();
    for url in [
        "https://example.com/fax.pdf",
        "http://example.com:8080/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "https://192.0.1.1/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://198.20.0.1/",
    ] {
        outbound.check(url).unwrap();
    }
    assert!(
        outbound
            .check("https://10.0.0.1/")
            .unwrap_err()
            .is_refused_address()
    );
    let without_fragment = outbound.check("https://example.com/a#b").unwrap();
    assert_eq!(without_fragment.as_str(), "https://example.com/a");
}

#[tokio::test]
async fn a_list_of_networks_lets_those_through_and_no_others() {
    let config = Config {
        allow_nets: vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()],
        ..Config::default()
    };
    let outbound = Outbound::with_resolver(config, NeverAsked).unwrap();
    for url in [
        "http://10.1.2.3/",
        "http://[::ffff:10.1.2.3]/",
        "http://[fd00::1]/",
    ] {
        outbound.check(url).unwrap();
    }
    for url in ["http://10.2.0.1/", "http://127.0.0.1/", "http://[fc00::1]/"] {
        assert!(
            outbound.check(url).unwrap_err().is_refused_address(),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let server = Server::start(OK).await;
    let rebinding = Script(Mutex::new(vec![
        vec!["127.0.0.1".parse().unwrap()],
        vec!["10.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        vec!["169.254.169.254".parse().unwrap()],
        vec!["::ffff:127.0.0.1".parse().unwrap()],
        Vec::new(),
    ]));
    let outbound = Outbound::with_resolver(Config::default(), rebinding).unwrap();
    let url = format!("http://rebind.example.com:{}/", server.address.port());
    // Good when it was given, whatever it is now.
    outbound.check(&url).unwrap();
    for _ in 0..5 {
        let error = outbound.get(&url, HeaderMap::new()).await.unwrap_err();
        assert!(error.is_refused_address(), "{error:?}");
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_a_failed_request() {
    let outbound = Outbound::with_resolver(Config::default(), Unknown).unwrap();
    let error = outbound
        .get("http://nowhere.example.com/", HeaderMap::new())
        .await
        .unwrap_err();
    assert!(
        !error.is_refused_address() && !error.is_timeout(),
        "{error:?}"
    );
}

struct NeverAsked;

impl Resolver for NeverAsked {
    fn lookup(&self, name: String) -> Lookup {
        panic!("{name} was looked up");
    }
}

struct Unknown;

impl Resolver for Unknown {
    fn lookup(&self, _name: String) -> Lookup {
        Box::pin(async { Err(io::ErrorKind::NotFound.into()) })
    }
}

/// Answers the last of its answers first.
struct Script(Mutex<Vec<Vec<IpAddr>>>);

impl Resolver for Script {
    fn lookup(&self, _name: String) -> Lookup {
        let next = self.0.lock().unwrap().pop().unwrap();
        Box::pin(async move { Ok(next) })
    }
}
