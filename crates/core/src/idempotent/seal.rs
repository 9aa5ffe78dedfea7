//! Answers with secrets in them: encrypted before the database sees them (XChaCha20-Poly1305).

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use faxgate_db::idempotency::Key;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::app::App;
use crate::error::{Error, Result};

/// What the key is derived for: no other use of the same secret has the same one.
const PURPOSE: &[u8] = b"faxgate: sealed answers, 1";
const NONCE: usize = 24;

/// Encrypts an answer's body: hex of the nonce and what follows.
pub(super) fn seal(app: &App, of: Key<'_>, body: &str) -> Result<String> {
    let nonce = app.ambient.bytes::<NONCE>();
    let payload = Payload {
        msg: body.as_bytes(),
        aad: &bound_to(of),
    };
    let sealed = cipher(&app.settings.secret)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hex::encode([nonce.as_slice(), &sealed].concat()))
}

/// Decrypts an answer's body; `None` when it was changed, moved, or encrypted with another secret.
pub(super) fn open(app: &App, of: Key<'_>, sealed: &str) -> Option<String> {
    let sealed = hex::decode(sealed).ok()?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: &bound_to(of),
    };
    let body = cipher(&app.settings.secret).decrypt(&XNonce::from(*nonce), payload);
    String::from_utf8(body.ok()?).ok()
}

fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("any key will do");
    mac.update(PURPOSE);
    XChaCha20Poly1305::new(&mac.finalize().into_bytes())
}

/// What an answer belongs to, so that none can be read under another key.
fn bound_to(of: Key<'_>) -> Vec<u8> {
    format!("{}\n{}\n{}\n{}", of.tenant, of.user, of.endpoint, of.key).into_bytes()
}
