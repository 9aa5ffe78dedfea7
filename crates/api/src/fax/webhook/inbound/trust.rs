//! Whether a notice comes from whom it should: decided from the headers before the body is read, and held against the
//! body before it is parsed.

use std::net::SocketAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use faxgate_core::Error;
use secrecy::ExposeSecret;

use super::signature::Signature;
use crate::extract::headers::single;
use crate::extract::peer::is_local;
use crate::options::ApiOptions;

/// What makes a notice trustworthy.
#[derive(Clone, Debug)]
pub(super) enum Trust<'a> {
    /// Its signature, if it is the body's.
    Signed {
        signature: Signature,
        secret: &'a str,
    },
    /// It comes from this machine, and the operator takes unsigned notices from there.
    Local,
}

impl Trust<'_> {
    /// Holds it against the body.
    ///
    /// # Errors
    /// `INVALID_SIGNATURE` (401).
    pub(super) fn check(&self, body: &[u8]) -> Result<(), Error> {
        match self {
            Self::Local => Ok(()),
            Self::Signed { signature, secret } if signature.signs(body, secret.as_bytes()) => {
                Ok(())
            }
            Self::Signed { .. } => Err(invalid()),
        }
    }
}

fn invalid() -> Error {
    Error::unauthenticated(
        "INVALID_SIGNATURE",
        "X-Webhook-Signature is not the HMAC-SHA256 of the body, in hex, with the gateway's secret",
    )
}

/// What makes this request trustworthy.
///
/// # Errors
/// `WEBHOOK_DISABLED` (403) without a secret, `MISSING_SIGNATURE` and `INVALID_SIGNATURE` (401).
pub(super) fn of<'a>(request: &HttpRequest, options: &'a ApiOptions) -> Result<Trust<'a>, Error> {
    decide(request.headers(), request.peer_addr(), options)
}

fn decide<'a>(
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    options: &'a ApiOptions,
) -> Result<Trust<'a>, Error> {
    let secret = options
        .inbound_secret
        .as_ref()
        .map(|secret| secret.expose_secret())
        .filter(|secret| !secret.is_empty());
    let local = options.allow_unsigned && is_local(headers, peer);
    let header = single(headers, "X-Webhook-Signature").map_err(|_| invalid())?;
    match (secret, header) {
        (Some(secret), Some(value)) => Signature::parse(value.as_bytes())
            .map(|signature| Trust::Signed { signature, secret })
            .ok_or_else(invalid),
        // Nothing to hold a signature against, but this peer needs none.
        (None, _) | (_, None) if local => Ok(Trust::Local),
        (None, _) => Err(Error::forbidden(
            "WEBHOOK_DISABLED",
            "this webhook is switched off; set FAXGATE_WEBHOOK__INBOUND_SECRET on the gateway and sign with it",
        )),
        (Some(_), None) => Err(Error::unauthenticated(
            "MISSING_SIGNATURE",
            "send the header X-Webhook-Signature: the HMAC-SHA256 of the body, in hex, with the gateway's secret",
        )),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use secrecy::SecretString;

    use super::*;

    /// HMAC-SHA256 of `body` with the key `secret`, as Python's hmac module gives it.
    const GOOD: &str = "dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355";

    fn options(secret: Option<&str>, allow_unsigned: bool) -> ApiOptions {
        ApiOptions {
            inbound_secret: secret.map(SecretString::from),
            allow_unsigned,
            ..ApiOptions::default()
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        headers
    }

    /// `Ok`, or the code of the refusal.
    fn verdict(sent: &HeaderMap, peer: &str, options: &ApiOptions) -> Result<(), &'static str> {
        decide(sent, Some(peer.parse().unwrap()), options)
            .and_then(|trust| trust.check(b"body"))
            .map_err(|error| error.code)
    }

    #[test]
    fn without_a_secret_the_webhook_is_off_and_names_the_setting() {
        for secret in [None, Some("")] {
            let off = options(secret, false);
            let error = decide(&HeaderMap::new(), None, &off).unwrap_err();
            assert_eq!((error.kind.http(), error.code), (403, "WEBHOOK_DISABLED"));
            assert!(error.message.contains("FAXGATE_WEBHOOK__INBOUND_SECRET"));
        }
    }

    #[test]
    fn a_good_signature_is_taken_and_any_other_is_not() {
        let on = options(Some("secret"), false);
        let signed = |value: &str| {
            verdict(
                &headers(&[("x-webhook-signature", value)]),
                "192.0.2.7:9",
                &on,
            )
        };
        assert_eq!(signed(GOOD), Ok(()));
        assert_eq!(signed(&format!("sha256={GOOD}")), Ok(()));
        assert_eq!(signed(&GOOD.replace("dc", "cd")), Err("INVALID_SIGNATURE"));
        assert_eq!(signed("nonsense"), Err("INVALID_SIGNATURE"));
        assert_eq!(
            verdict(&HeaderMap::new(), "127.0.0.1:9", &on),
            Err("MISSING_SIGNATURE")
        );
        let twice = headers(&[("x-webhook-signature", GOOD), ("x-webhook-signature", GOOD)]);
        assert_eq!(
            verdict(&twice, "127.0.0.1:9", &on),
            Err("INVALID_SIGNATURE")
        );
    }

    #[test]
    fn unsigned_notices_are_taken_from_loopback_peers_alone() {
        for secret in [None, Some("secret")] {
            let open = options(secret, true);
            for peer in ["127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
                assert_eq!(verdict(&HeaderMap::new(), peer, &open), Ok(()), "{peer}");
            }
            assert!(verdict(&HeaderMap::new(), "192.0.2.7:9", &open).is_err());
            assert!(decide(&HeaderMap::new(), None, &open).is_err());
        }
    }

    #[test]
    fn a_stranger_behind_a_local_proxy_is_still_a_stranger() {
        let open = options(None, true);
        for name in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
            let forwarded = headers(&[(name, "127.0.0.1")]);
            assert_eq!(
                verdict(&forwarded, "127.0.0.1:9", &open),
                Err("WEBHOOK_DISABLED"),
                "{name}"
            );
        }
    }

    #[test]
    fn a_wrong_signature_is_refused_even_from_a_loopback_peer() {
        let open = options(Some("secret"), true);
        let forged = headers(&[("x-webhook-signature", &"0".repeat(64))]);
        assert_eq!(
            verdict(&forged, "127.0.0.1:9", &open),
            Err("INVALID_SIGNATURE")
        );
    }
}
