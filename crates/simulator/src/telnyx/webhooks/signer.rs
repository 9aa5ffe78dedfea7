//! The account's signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};

/// Signs webhooks: Ed25519 (RFC 8032) over `timestamp|body`.
#[derive(Debug)]
pub(in super::super) struct Signer(SigningKey);

impl Signer {
    pub(in super::super) fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Base64, 32 bytes, as the portal shows it.
    pub(in super::super) fn public_key(&self) -> String {
        STANDARD.encode(self.0.verifying_key().as_bytes())
    }

    /// Base64, 64 bytes.
    pub(in super::super) fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        let mut signed = Vec::with_capacity(timestamp.len() + 1 + body.len());
        signed.extend_from_slice(timestamp.as_bytes());
        signed.push(b'|');
        signed.extend_from_slice(body);
        STANDARD.encode(self.0.sign(&signed).to_bytes())
    }
}
