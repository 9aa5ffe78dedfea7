//! Where a request comes from.

use std::net::SocketAddr;

use actix_web::http::Version;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::{HttpRequest, http::Uri};

use super::headers::single;

/// Whether the peer itself is this machine. A proxy on this machine speaks for strangers, so whatever it forwards is not.
pub(crate) fn is_local(headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
    let forwarded = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    !forwarded && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

/// Whether somebody at this machine asks, as far as a request can tell: it comes from here, was meant for here, and no page
/// of another site made a browser send it. A proxy on this machine that names us as the host and tells of nobody else
/// cannot be told from its owner.
pub(crate) fn is_at_home(request: &HttpRequest) -> bool {
    is_local(request.headers(), request.peer_addr())
        // What proxies speak where nothing else was configured, and clients have not for long.
        && request.version() >= Version::HTTP_11
        && is_meant_for_here(request.headers(), request.uri())
        && !is_from_a_page(request.headers())
}

/// Whether the name that the client asked for is one of this machine alone. Strangers ask for another; so does a page whose
/// own name was made to lead here (DNS rebinding).
fn is_meant_for_here(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = single(headers, HOST.as_str()).ok().flatten();
    let is_here = |text: &str| text.parse().is_ok_and(|name| names_loopback(&name));
    host.and_then(|host| host.to_str().ok())
        .is_some_and(is_here)
        && uri.authority().is_none_or(names_loopback)
}

fn names_loopback(name: &actix_web::http::uri::Authority) -> bool {
    let host = name.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    !name.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.to_canonical().is_loopback()))
}

/// Browsers say so of every request that a page makes a state change with.
fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
        || headers
            .get_all("Sec-Fetch-Site")
            .any(|site| site != "none" && site != "same-origin")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const HERE: &str = "127.0.0.1:4711";

    fn asks(peer: &str, headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::get().peer_addr(peer.parse().unwrap());
        let request = headers
            .iter()
            .fold(request, |request, header| request.append_header(*header));
        is_at_home(&request.to_http_request())
    }

    #[test]
    fn only_who_asks_for_this_machine_by_a_loopback_name_is_at_home() {
        for host in [
            "localhost",
            "LOCALHOST:8585",
            "127.0.0.1",
            "127.0.0.1:8585",
            "127.9.8.7:1",
            "[::1]",
            "[::1]:8585",
        ] {
            assert!(asks(HERE, &[("Host", host)]), "{host}");
        }
        for host in [
            "fax.example.com",
            "fax.example.com:8585",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "192.0.2.7",
            "0.0.0.0:8585",
            "[::]",
            "[2001:db8::1]:80",
            "localhost@fax.example.com",
            "fax.example.com@localhost",
            "",
            "127.0.0.1, fax.example.com",
            "::1",
        ] {
            assert!(!asks(HERE, &[("Host", host)]), "{host}");
        }
        assert!(!asks(HERE, &[]), "without a host");
        assert!(!asks(
            HERE,
            &[("Host", "localhost"), ("Host", "fax.example.com")]
        ));
        assert!(!asks("192.0.2.7:4711", &[("Host", "localhost")]));
    }

    #[test]
    fn what_another_host_is_asked_for_in_the_target_is_not_for_here() {
        let asks = |uri| {
            let request = TestRequest::get().uri(uri).peer_addr(HERE.parse().unwrap());
            is_at_home(
                &request
                    .insert_header(("Host", "localhost"))
                    .to_http_request(),
            )
        };
        assert!(asks("/v1/uploads"));
        assert!(asks("http://localhost:8585/v1/uploads"));
        assert!(!asks("http://fax.example.com/v1/uploads"));
    }

    #[test]
    fn pages_in_browsers_and_proxies_are_not_at_home() {
        for stranger in [
            ("Origin", "https://evil.example.com"),
            ("Origin", "http://localhost:8585"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Forwarded", "for=192.0.2.7"),
            ("X-Forwarded-For", "127.0.0.1"),
            ("X-Real-IP", "127.0.0.1"),
            ("Via", "1.1 proxy"),
        ] {
            assert!(
                !asks(HERE, &[("Host", "localhost"), stranger]),
                "{stranger:?}"
            );
        }
        for own in ["none", "same-origin"] {
            assert!(
                asks(HERE, &[("Host", "localhost"), ("Sec-Fetch-Site", own)]),
                "{own}"
            );
        }
        let old = TestRequest::get()
            .version(Version::HTTP_10)
            .peer_addr(HERE.parse().unwrap());
        assert!(!is_at_home(
            &old.insert_header(("Host", "localhost")).to_http_request()
        ));
    }
}
