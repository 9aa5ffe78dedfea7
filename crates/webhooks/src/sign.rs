//! Signing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::secret::Secret;

/// The header of the message's id: the same for every try, so that a receiver drops what comes again.
pub const ID_HEADER: &str = "webhook-id";
/// The header of the time of this try, seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header of the signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// Signs a message with each of the secrets: `v1,…`, separated by spaces. `id` must hold no dot.
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, unix_seconds: i64, body: &[u8]) -> String {
    let timestamp = unix_seconds.to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| {
            let signature = mac(secret, id, &timestamp, body).finalize().into_bytes();
            format!("v1,{}", STANDARD.encode(signature))
        })
        .collect();
    signatures.join(" ")
}

/// The code of what is signed: id, timestamp and body, with dots between them.
pub(crate) fn mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("a key of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_own_example_comes_out() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let other = Secret::from_random([9; 32]);
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(
            sign(std::slice::from_ref(&secret), id, 1_614_265_330, body),
            signed
        );
        let both = sign(&[other.clone(), secret], id, 1_614_265_330, body);
        let others = sign(&[other], id, 1_614_265_330, body);
        assert_eq!(both, format!("{others} {signed}"));
    }
}
