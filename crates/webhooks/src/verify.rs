//! Verifying, as a receiver does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

use crate::secret::Secret;
use crate::sign::mac;

/// How far a message's time may lie from the receiver's, seconds.
pub const TOLERANCE_SECONDS: i64 = 300;
/// More signatures than anybody sends.
const MOST_SIGNATURES: usize = 20;

/// Checks messages against any of several secrets.
#[derive(Clone, Debug)]
pub struct Verifier {
    secrets: Vec<Secret>,
}

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The timestamp is not a number of seconds.
    #[error("the timestamp is not a number of seconds")]
    Timestamp,
    /// It was signed more than five minutes ago.
    #[error("the message is too old")]
    TooOld,
    /// It was signed more than five minutes from now.
    #[error("the message comes from the future")]
    TooNew,
    /// No signature of it is right.
    #[error("no signature fits")]
    Signature,
}

impl Verifier {
    /// Takes what any of these secrets has signed.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self {
            secrets: secrets.into_iter().collect(),
        }
    }

    /// Checks the three headers and the raw body. `now`: seconds since 1970.
    ///
    /// # Errors
    /// The message is not one of the sender's, or not of these minutes.
    pub fn verify(
        &self,
        id: &str,
        timestamp: &str,
        signatures: &str,
        body: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        let at: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
        if at < now.saturating_sub(TOLERANCE_SECONDS) {
            return Err(VerifyError::TooOld);
        }
        if at > now.saturating_add(TOLERANCE_SECONDS) {
            return Err(VerifyError::TooNew);
        }
        let given: Vec<Vec<u8>> = signatures
            .split(' ')
            .take(MOST_SIGNATURES)
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .filter_map(|encoded| STANDARD.decode(encoded).ok())
            .collect();
        let fits = self.secrets.iter().any(|secret| {
            let code = mac(secret, id, timestamp, body);
            // `verify_slice` takes constant time.
            given
                .iter()
                .any(|signature| code.clone().verify_slice(signature).is_ok())
        });
        if fits {
            Ok(())
        } else {
            Err(VerifyError::Signature)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sign::sign;

    const NOW: i64 = 1_800_000_000;

    fn secret(byte: u8) -> Secret {
        Secret::from_random([byte; 32])
    }

    fn verify(
        secrets: &[Secret],
        at: i64,
        signature: &str,
        body: &[u8],
    ) -> Result<(), VerifyError> {
        let verifier = Verifier::new(secrets.to_vec());
        verifier.verify("evt_1", &at.to_string(), signature, body, NOW)
    }

    #[test]
    fn old_and_new_secret_both_verify_while_one_is_changed() {
        let (old, new) = (secret(1), secret(2));
        let both = sign(&[new.clone(), old.clone()], "evt_1", NOW, b"{}");
        assert_eq!(
            verify(std::slice::from_ref(&old), NOW, &both, b"{}"),
            Ok(())
        );
        assert_eq!(
            verify(std::slice::from_ref(&new), NOW, &both, b"{}"),
            Ok(())
        );
        assert_eq!(
            verify(&[secret(3)], NOW, &both, b"{}"),
            Err(VerifyError::Signature)
        );
        let by_new = sign(&[new], "evt_1", NOW, b"{}");
        assert_eq!(
            verify(&[old], NOW, &by_new, b"{}"),
            Err(VerifyError::Signature)
        );
    }

    #[test]
    fn what_was_signed_at_another_time_or_for_another_body_is_refused() {
        let one = [secret(1)];
        for (at, expected) in [
            (NOW - 300, Ok(())),
            (NOW + 300, Ok(())),
            (NOW - 301, Err(VerifyError::TooOld)),
            (NOW + 301, Err(VerifyError::TooNew)),
        ] {
            let signature = sign(&one, "evt_1", at, b"{}");
            assert_eq!(verify(&one, at, &signature, b"{}"), expected, "{at}");
        }
        let signature = sign(&one, "evt_1", NOW, b"{}");
        let refused = Err(VerifyError::Signature);
        assert_eq!(verify(&one, NOW, &signature, b"{} "), refused);
        assert_eq!(verify(&one, NOW - 1, &signature, b"{}"), refused);
        assert_eq!(verify(&one, NOW, "", b"{}"), refused);
        assert_eq!(
            verify(&one, NOW, &signature.replace("v1,", "v1a,"), b"{}"),
            refused
        );
        let soon = Verifier::new(one).verify("evt_1", "soon", &signature, b"{}", NOW);
        assert_eq!(soon, Err(VerifyError::Timestamp));
    }

    #[test]
    fn unknown_versions_beside_a_good_signature_do_no_harm() {
        let one = [secret(1)];
        let good = sign(&one, "evt_1", NOW, b"{}");
        let among = format!("v1a,AAAA v2,x v1,!! {good}");
        assert_eq!(verify(&one, NOW, &among, b"{}"), Ok(()));
    }

    proptest! {
        #[test]
        fn no_headers_make_it_panic(id in ".{0,40}", timestamp in ".{0,24}", signatures in ".{0,200}", body: Vec<u8>, now: i64) {
            let verifier = Verifier::new([secret(1)]);
            prop_assert!(verifier.verify(&id, &timestamp, &signatures, &body, now).is_err());
        }

        #[test]
        fn a_flipped_bit_of_the_body_is_noticed(mut body in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0..8_u8) {
            let one = [secret(1)];
            let signature = sign(&one, "evt_1", NOW, &body);
            prop_assert_eq!(verify(&one, NOW, &signature, &body), Ok(()));
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
            prop_assert_eq!(verify(&one, NOW, &signature, &body), Err(VerifyError::Signature));
        }
    }
}
