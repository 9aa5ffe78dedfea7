//! What may be asked for at all, before any name is looked up.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::Guard;
use crate::error::{Kind, OutboundError, Refused};

/// Signed addresses of object stores are long; beyond this nobody means well.
const MAX_URL_BYTES: usize = 8192;

/// Reads an address: `http` or `https`, no user name, a port that web servers use, no literal address that is refused.
pub(crate) fn read(text: &str, guard: &Guard) -> Result<Url, OutboundError> {
    let refuse = |why| Err(Kind::InvalidUrl(why).into());
    if text.len() > MAX_URL_BYTES {
        return refuse("it is longer than 8192 bytes");
    }
    let Ok(mut url) = Url::parse(text) else {
        return refuse("it is not a well-formed URL");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse("only http and https are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it holds a user name or password");
    }
    match url.port_or_known_default() {
        Some(80 | 443 | 1024..) => {}
        _ => return refuse("of the ports below 1024 only 80 and 443 are fetched"),
    }
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        Some(Host::Domain(_)) => None,
        None => return refuse("it names no host"),
    };
    if let Some(address) = literal
        && !guard.admits(address)
    {
        return Err(Kind::Refused(Refused::Literal(address)).into());
    }
    url.set_fragment(None);
    Ok(url)
}
