//! Whether a webhook was signed by the account, and lately.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SIGNATURE_LENGTH, Signature, VerifyingKey};

use crate::webhook::key::{self, KeyError};

/// How far the time of signing may lie from now: what Telnyx' own libraries allow.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

/// Longest `telnyx-timestamp`, characters: the digits of an `i64`.
const MAX_TIMESTAMP: usize = 19;

/// Why a webhook is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `telnyx-timestamp` is no number of seconds.
    #[error("the timestamp is no number of seconds")]
    Timestamp,
    /// It was signed longer ago than is tolerated: a replay, or a clock that is wrong.
    #[error("the timestamp is too old")]
    Stale,
    /// It was signed further in the future than is tolerated.
    #[error("the timestamp lies in the future")]
    Future,
    /// `telnyx-signature-ed25519` is not the base64 of 64 bytes, in its one canonical form.
    #[error("the signature is not the base64 of 64 bytes")]
    Encoding,
    /// No key of the account's made this signature for this time and these bytes.
    #[error("the signature does not fit")]
    Forged,
}

/// Checks signatures against an account's public key, or two while the key changes.
///
/// Signed is `{timestamp}|{raw body}` with Ed25519 (RFC 8032), verified strictly: no malleable signature, no weak key.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    tolerance: Duration,
}

impl Verifier {
    /// A verifier for one or two keys, each base64 (as the portal shows it) or hexadecimal, with [`DEFAULT_TOLERANCE`].
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn new(keys: &[&str]) -> Result<Self, KeyError> {
        if !matches!(keys.len(), 1 | 2) {
            return Err(KeyError::Count);
        }
        Ok(Self {
            keys: keys
                .iter()
                .map(|text| key::read(text))
                .collect::<Result<_, _>>()?,
            tolerance: DEFAULT_TOLERANCE,
        })
    }

    /// The same with another tolerance.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks a webhook: its two headers as they came, its body's raw bytes, and the time now in Unix seconds.
    ///
    /// # Errors
    /// See [`SignatureError`]; answer 401 to all of them.
    pub fn verify(
        &self,
        timestamp: &str,
        signature_base64: &str,
        raw_body: &[u8],
        now_unix: i64,
    ) -> Result<(), SignatureError> {
        let signed_at = seconds(timestamp)?;
        let apart = now_unix.abs_diff(signed_at);
        if apart > self.tolerance.as_secs() {
            return Err(if signed_at < now_unix {
                SignatureError::Stale
            } else {
                SignatureError::Future
            });
        }
        let signature = read(signature_base64)?;
        let message = [timestamp.as_bytes(), b"|", raw_body].concat();
        let fits = |key: &VerifyingKey| key.verify_strict(&message, &signature).is_ok();
        if self.keys.iter().any(fits) {
            Ok(())
        } else {
            Err(SignatureError::Forged)
        }
    }
}

fn seconds(text: &str) -> Result<i64, SignatureError> {
    let digits = text.len() <= MAX_TIMESTAMP && text.bytes().all(|one| one.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(SignatureError::Timestamp)
}

fn read(text: &str) -> Result<Signature, SignatureError> {
    let mut bytes = [0; SIGNATURE_LENGTH + 2];
    let length = STANDARD
        .decode_slice(text, &mut bytes)
        .map_err(|_| SignatureError::Encoding)?;
    Signature::from_slice(&bytes[..length]).map_err(|_| SignatureError::Encoding)
}
