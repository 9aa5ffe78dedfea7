//! A caller's key, and what is kept under it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::app::App;

/// What the key is derived for: no other use of the same secret has the same one.
const PURPOSE: &[u8] = b"faxgate: fingerprints of requests, 1";

/// A caller's idempotency key.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// SHA-256 of what makes two requests the same.
    pub body_sha256: [u8; 32],
}

impl Idempotency {
    /// A key for a request that is the same as another when all of these are: path, body, what else decides.
    #[must_use]
    pub fn of(key: String, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // With their lengths, so that nothing can move from one part to the next.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self {
            key,
            body_sha256: hash.finalize().into(),
        }
    }
}

/// How a request is known again, as the database has it. Bodies have passwords in them, which a plain hash would give away to whoever
/// reads the database and guesses; so it is made with a key of the gateway's secret, where that outlives the process.
pub(super) fn fingerprint(app: &App, body_sha256: &[u8; 32]) -> String {
    if !app.settings.auth.secret_is_kept {
        return hex::encode(body_sha256);
    }
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mac = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).expect("any key will do");
    let mut derived = mac(app.settings.secret.expose_secret().as_bytes());
    derived.update(PURPOSE);
    let mut fingerprint = mac(&derived.finalize().into_bytes());
    fingerprint.update(body_sha256);
    hex::encode(fingerprint.finalize().into_bytes())
}

/// An answer, as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_requests_the_same_keeps_its_boundaries() {
        let of = |parts: &[&[u8]]| Idempotency::of("k".to_owned(), parts).body_sha256;
        assert_eq!(of(&[b"ab", b"c"]), of(&[b"ab", b"c"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"abc"]));
    }
}
