//! Where a request comes from.

use std::net::SocketAddr;

use actix_web::http::header::HeaderMap;

/// Whether the peer itself is this machine. A proxy on this machine speaks for strangers, so whatever it forwards is not.
pub(crate) fn is_local(headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
    let forwarded = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    !forwarded && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}
