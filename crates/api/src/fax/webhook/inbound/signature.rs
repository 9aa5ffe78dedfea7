//! `X-Webhook-Signature`: HMAC-SHA256 (RFC 2104) of the raw body in hex, with or without `sha256=` before it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A signature as somebody sent it: 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature([u8; 32]);

impl Signature {
    /// Reads the header's value; `None` when it cannot be a signature.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let digits = value.strip_prefix(b"sha256=").unwrap_or(value);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Whether it is the signature of `body` under `secret`. Takes the same time wherever the first difference lies.
    pub(super) fn signs(&self, body: &[u8], secret: &[u8]) -> bool {
        // HMAC takes a key of any length: this never fails.
        Hmac::<Sha256>::new_from_slice(secret)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&self.0).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 4231, test cases 1, 2 and 6: key, data, HMAC-SHA256.
    fn vectors() -> [(Vec<u8>, &'static [u8], &'static str); 3] {
        [
            (
                vec![0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ]
    }

    #[test]
    fn the_published_vectors_hold() {
        for (key, data, digest) in vectors() {
            for text in [
                digest.to_owned(),
                format!("sha256={digest}"),
                format!(" {digest} "),
            ] {
                let signature = Signature::parse(text.as_bytes()).unwrap();
                assert!(signature.signs(data, &key), "{text}");
                assert!(!signature.signs(b"another body", &key), "{text}");
                assert!(!signature.signs(data, b"another key"), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_seen_before_the_body_is_read() {
        let [(_, _, digest), ..] = vectors();
        for wrong in [
            "",
            "sha256=",
            "abc",
            &digest[..63],
            &format!("{digest}00"),
            &format!("sha1={digest}"),
            &"g".repeat(64),
        ] {
            assert_eq!(Signature::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_bit_is_a_forgery(body in prop::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap().chain_update(&body).finalize().into_bytes();
            let signature = Signature::parse(hex::encode(mac).as_bytes()).unwrap();
            prop_assert!(signature.signs(&body, b"secret"));
            let mut forged = body.clone();
            forged[at.index(body.len())] ^= 1 << bit;
            prop_assert!(!signature.signs(&forged, b"secret"));
        }
    }
}
