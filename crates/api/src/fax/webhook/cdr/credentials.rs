//! HTTP Basic (RFC 7617): all that `mod_json_cdr` can show.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faxgate_core::Error;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::extract::headers::single;
use crate::options::ApiOptions;

/// No credentials of ours are nearly as long.
const LONGEST: usize = 1024;

/// Whether the request shows the user and the password of the settings.
///
/// # Errors
/// `WEBHOOK_DISABLED` (403) when there are none in the settings, `INVALID_CREDENTIALS` (401).
pub(super) fn check(headers: &HeaderMap, options: &ApiOptions) -> Result<(), Error> {
    let expected = options
        .cdr_username
        .as_deref()
        .zip(options.cdr_password.as_ref())
        .filter(|(name, password)| !name.is_empty() && !password.expose_secret().is_empty());
    let Some((name, password)) = expected else {
        return Err(Error::forbidden(
            "WEBHOOK_DISABLED",
            "this webhook is switched off; set FAXGATE_WEBHOOK__CDR_USERNAME and FAXGATE_WEBHOOK__CDR_PASSWORD on the gateway, and both as `cred` of json_cdr",
        ));
    };
    let refused = || {
        Error::unauthenticated(
            "INVALID_CREDENTIALS",
            "send the user name and the password of the gateway's settings with HTTP Basic (`cred` of json_cdr)",
        )
    };
    let shown = single(headers, AUTHORIZATION.as_str())
        .ok()
        .flatten()
        .and_then(|value| shown(value.as_bytes()))
        .ok_or_else(refused)?;
    let expected = format!("{name}:{}", password.expose_secret());
    if is_same(&shown, expected.as_bytes()) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// What stands behind `Basic`.
fn shown(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (scheme, credentials) = text.split_once(' ')?;
    let credentials = credentials.trim();
    if !scheme.eq_ignore_ascii_case("basic") || credentials.len() > LONGEST {
        return None;
    }
    STANDARD.decode(credentials).ok()
}

/// Compares in a time that tells nothing of where, or at what length, the two differ: their HMACs under one key are.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mac = |text: &[u8]| Hmac::<Sha256>::new_from_slice(other).map(|mac| mac.chain_update(text));
    match (mac(one), mac(other)) {
        (Ok(one), Ok(other)) => one.verify(&other.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn options() -> ApiOptions {
        ApiOptions {
            cdr_username: Some("freeswitch".to_owned()),
            cdr_password: Some("0123456789abcdef".into()),
            ..ApiOptions::default()
        }
    }

    fn with(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        headers
    }

    fn basic(credentials: &str) -> HeaderMap {
        with(&format!("Basic {}", STANDARD.encode(credentials)))
    }

    #[test]
    fn the_right_pair_is_let_in_and_no_other() {
        assert!(check(&basic("freeswitch:0123456789abcdef"), &options()).is_ok());
        for wrong in [
            "freeswitch:0123456789abcdeg",
            "freeswitch:0123456789abcde",
            "freeswitch:0123456789abcdef0",
            "freeswitch:",
            "freeswitch",
            ":0123456789abcdef",
            "",
        ] {
            let error = check(&basic(wrong), &options()).unwrap_err();
            assert_eq!(
                (error.kind.http(), error.code),
                (401, "INVALID_CREDENTIALS"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn whatever_is_not_basic_is_refused() {
        for wrong in [
            "Token abc",
            "Basic",
            "Basic %%%",
            "Bearer ZnJlZXN3aXRjaDowMTIz",
        ] {
            assert_eq!(
                check(&with(wrong), &options()).unwrap_err().kind.http(),
                401
            );
        }
        assert_eq!(
            check(&HeaderMap::new(), &options())
                .unwrap_err()
                .kind
                .http(),
            401
        );
    }

    #[test]
    fn without_settings_it_is_off_and_names_them() {
        let error = check(&basic("freeswitch:x"), &ApiOptions::default()).unwrap_err();
        assert_eq!(error.kind.http(), 403);
        assert!(error.message.contains("FAXGATE_WEBHOOK__CDR_USERNAME"));
    }

    proptest! {
        #[test]
        fn only_equal_credentials_are_the_same(one in prop::collection::vec(any::<u8>(), 0..80), other in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(is_same(&one, &other), one == other);
            prop_assert!(is_same(&one, &one));
        }
    }
}
