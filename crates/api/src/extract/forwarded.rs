//! Whom a proxy speaks for.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

/// The address that a request comes from: that of the peer, unless it is a proxy of the operator's. Then it is the last that such
/// proxies tell of and that is none of theirs, in `X-Forwarded-For` or in `Forwarded` (RFC 7239).
///
/// What stands before that address was written by whoever asks, and counts for nothing. So does what cannot be read, with what
/// stands before it. Where the two headers tell different things, one of them may be passed on unseen: then neither is believed.
pub(crate) fn address(
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer?.ip().to_canonical();
    let is_ours = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if !is_ours(peer) {
        return Some(peer);
    }
    let told = |hops: Vec<Option<IpAddr>>| {
        let mut from = peer;
        for hop in hops.into_iter().rev() {
            let Some(address) = hop else { break };
            from = address;
            if !is_ours(address) {
                break;
            }
        }
        from
    };
    let list = |name: HeaderName| {
        let lines = headers.get_all(name);
        let texts = lines.map(|line| line.to_str().unwrap_or("?").to_owned());
        let texts: Vec<_> = texts.collect();
        (!texts.is_empty()).then(|| texts.join(","))
    };
    let plain = list(X_FORWARDED_FOR).map(|text| told(text.split(',').map(node).collect()));
    let standard = list(FORWARDED).map(|text| told(text.split(',').map(element).collect()));
    Some(match (plain, standard) {
        (Some(one), Some(other)) if one != other => peer,
        (one, other) => one.or(other).unwrap_or(peer),
    })
}

/// The address in one element of `Forwarded`: `for="[2001:db8::1]:4711";proto=https`.
fn element(text: &str) -> Option<IpAddr> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(value)
}

/// An address, perhaps quoted, in brackets, or with a port behind it; `None` for `unknown`, `_hidden` and whatever else.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    Some(address?.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn from(peer: &str, headers: &[(&str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let trusted: [IpNet; 2] = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        address(&map, peer.parse().ok(), &trusted)
            .unwrap()
            .to_string()
    }

    const PROXY: &str = "10.0.0.1:4711";

    #[test]
    fn only_proxies_of_the_operators_are_believed() {
        let told = [("X-Forwarded-For", "192.0.2.7")];
        assert_eq!(from(PROXY, &told), "192.0.2.7");
        assert_eq!(from("[::ffff:10.0.0.1]:1", &told), "192.0.2.7");
        assert_eq!(from("198.51.100.1:4711", &told), "198.51.100.1");
        assert_eq!(from(PROXY, &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_that_is_no_proxy_counts() {
        for (told, is) in [
            ("203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("192.0.2.7:5060", "192.0.2.7"),
            ("[2001:db8::1]:5060, fd00::2", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            // All of them proxies: the first.
            ("10.0.0.9, 10.0.0.2", "10.0.0.9"),
            // Nothing beyond what cannot be read.
            ("192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"),
            ("192.0.2.7, ", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(from(PROXY, &[("X-Forwarded-For", told)]), is, "{told}");
        }
        let lines = [
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-For", "192.0.2.7"),
        ];
        assert_eq!(from(PROXY, &lines), "192.0.2.7");
    }

    #[test]
    fn the_standards_own_header_is_read() {
        for (told, is) in [
            ("for=192.0.2.7", "192.0.2.7"),
            (
                "for=203.0.113.9, For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1",
                "2001:db8::1",
            ),
            (
                "proto=https; for=\"192.0.2.7:80\", for=10.2.3.4",
                "192.0.2.7",
            ),
            ("for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(from(PROXY, &[("Forwarded", told)]), is, "{told}");
        }
    }

    #[test]
    fn headers_that_contradict_each_other_are_not_believed() {
        let both = |one, other| from(PROXY, &[("X-Forwarded-For", one), ("Forwarded", other)]);
        assert_eq!(both("192.0.2.7", "for=192.0.2.7"), "192.0.2.7");
        assert_eq!(both("192.0.2.7", "for=203.0.113.9"), "10.0.0.1");
    }

    proptest! {
        #[test]
        fn whatever_is_told_before_the_proxys_own_word_changes_nothing(told in "[ -~]{0,60}") {
            let line = format!("{told}, 192.0.2.7");
            prop_assert_eq!(from(PROXY, &[("X-Forwarded-For", &line)]), "192.0.2.7");
        }
    }
}
