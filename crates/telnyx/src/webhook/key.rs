//! The account's public key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

/// Why a public key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// None was given, or more than two.
    #[error("one public key is needed, and a second one at most while the account's key changes")]
    Count,
    /// Neither base64 nor hexadecimal.
    #[error("the public key is neither base64 nor hexadecimal")]
    Encoding,
    /// Not 32 bytes.
    #[error("the public key has {0} bytes in place of 32")]
    Length(usize),
    /// No point of the curve, or one of the few for which anybody can sign.
    #[error("the public key is none of Ed25519")]
    Point,
}

/// Reads a key as the portal shows it: base64 of 32 bytes; or 64 hexadecimal digits.
pub(super) fn read(text: &str) -> Result<VerifyingKey, KeyError> {
    let text = text.trim();
    let bytes = match hex::decode(text) {
        Ok(bytes) if bytes.len() == 32 => bytes,
        _ => STANDARD.decode(text).map_err(|_| KeyError::Encoding)?,
    };
    let bytes: [u8; 32] = bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| KeyError::Length(bytes.len()))?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
    if key.is_weak() {
        return Err(KeyError::Point);
    }
    Ok(key)
}
