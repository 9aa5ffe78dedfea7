//! Sessions on their way: JSON web tokens (RFC 7519), signed with HMAC-SHA256.

use faxgate_types::{SessionId, Timestamp, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::{Error, Result};

/// What the key is derived for: no other use of the same secret makes the same signatures.
const PURPOSE: &[u8] = b"faxgate: sessions, 1";
const ISSUER: &str = "faxgate";

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Written {
    iss: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Whether a text may be one of these, and not an API token.
pub(super) fn looks_like_one(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
}

pub(super) fn sign(secret: &SecretString, claims: &Claims) -> Result<String> {
    let written = Written {
        iss: ISSUER.to_owned(),
        sub: claims.user,
        sid: claims.session,
        iat: claims.issued_at.unix_seconds(),
        exp: claims.expires_at.unix_seconds(),
    };
    let key = EncodingKey::from_secret(&key(secret));
    encode(&Header::new(Algorithm::HS256), &written, &key).map_err(Error::internal)
}

/// What a token says, if we signed it; whether it is over is for the caller to see.
pub(super) fn read(secret: &SecretString, token: &str) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    // Time is told by the session, by our own clock.
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let written = decode::<Written>(token, &DecodingKey::from_secret(&key(secret)), &rules);
    let written = written.ok()?.claims;
    let at = |seconds: i64| Timestamp::from_unix_micros(seconds.checked_mul(1_000_000)?);
    Some(Claims {
        user: written.sub,
        session: written.sid,
        issued_at: at(written.iat)?,
        expires_at: at(written.exp)?,
    })
}

fn key(secret: &SecretString) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("any key will do");
    mac.update(PURPOSE);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use faxgate_types::Ambient;

    use super::*;

    fn claims() -> Claims {
        let ambient = Ambient::system();
        let at = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        Claims {
            user: UserId::generate(&ambient),
            session: SessionId::generate(&ambient),
            issued_at: at,
            expires_at: at + Duration::from_secs(1800),
        }
    }

    #[test]
    fn what_we_signed_reads_back_and_fits_into_a_header() {
        let (secret, claims) = (SecretString::from("secret"), claims());
        let token = sign(&secret, &claims).unwrap();
        assert!(looks_like_one(&token) && token.len() < 512, "{token}");
        assert_eq!(read(&secret, &token), Some(claims));
    }

    #[test]
    fn what_others_signed_or_nobody_did_is_refused() {
        let (secret, claims) = (SecretString::from("secret"), claims());
        let token = sign(&SecretString::from("another"), &claims).unwrap();
        assert_eq!(read(&secret, &token), None);
        let mut parts: Vec<_> = sign(&secret, &claims)
            .unwrap()
            .split('.')
            .map(str::to_owned)
            .collect();
        // `{"alg":"none","typ":"JWT"}`, and no signature.
        parts[0] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0".to_owned();
        assert_eq!(read(&secret, &parts.join(".")), None);
        parts[2].clear();
        assert_eq!(read(&secret, &parts.join(".")), None);
        for wrong in ["", "..", "a.b.c", "fxg_0"] {
            assert_eq!(read(&secret, wrong), None);
        }
    }
}
