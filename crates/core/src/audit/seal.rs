//! Seals: what proves that the gateway, and nobody who can only write to the database, moved the end of a chain.

use faxgate_db::audit::{Chain, Head};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// What the key is derived for: no other use of the same secret makes the same seals.
const PURPOSE: &[u8] = b"faxgate: ends of audit chains, 1";

/// What seals ends of chains.
pub(crate) struct SealKey([u8; 32]);

/// Why an end of a chain is not sealed by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// It bears no seal.
    Bare,
    /// It was sealed with another secret, or so it says.
    OtherSecret,
    /// The seal is another end's, or nobody's.
    Forged,
}

impl SealKey {
    /// The key that is made from the gateway's secret.
    pub(crate) fn of(secret: &SecretString) -> Self {
        let derived = keyed(secret.expose_secret().as_bytes()).chain_update(PURPOSE);
        Self(derived.finalize().into_bytes().into())
    }

    /// The seal: which key made it, and HMAC-SHA256 of chain, number and hash.
    pub(crate) fn seal(&self, chain: Chain, seq: i64, hash: &str) -> String {
        let mac = hex::encode(self.mac(chain, seq, hash).finalize().into_bytes());
        format!("{}.{mac}", self.name())
    }

    pub(crate) fn check(&self, chain: Chain, head: &Head) -> Result<(), Unsealed> {
        let seal = head.seal.as_deref().ok_or(Unsealed::Bare)?;
        let (name, mac) = seal.split_once('.').ok_or(Unsealed::Forged)?;
        if name != self.name() {
            return Err(Unsealed::OtherSecret);
        }
        let mut given = [0; 32];
        hex::decode_to_slice(mac, &mut given).map_err(|_| Unsealed::Forged)?;
        self.mac(chain, head.seq, &head.hash)
            .verify_slice(&given)
            .map_err(|_| Unsealed::Forged)
    }

    /// Tells keys apart, and nothing of what they are.
    fn name(&self) -> String {
        let name = keyed(&self.0).chain_update("name").finalize().into_bytes();
        hex::encode(&name[..4])
    }

    fn mac(&self, chain: Chain, seq: i64, hash: &str) -> Hmac<Sha256> {
        keyed(&self.0).chain_update(format!("{chain}\n{seq}\n{hash}"))
    }
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_for_one_end_of_one_chain_under_one_secret() {
        let key = SealKey::of(&"0123456789abcdef".to_owned().into());
        let other = SealKey::of(&"0123456789abcdeg".to_owned().into());
        let head = |seq, hash: &str| Head {
            seq,
            hash: hash.to_owned(),
            seal: Some(key.seal(Chain::Gateway, 7, "aa")),
        };
        assert_eq!(key.check(Chain::Gateway, &head(7, "aa")), Ok(()));
        for forged in [head(8, "aa"), head(7, "ab")] {
            assert_eq!(key.check(Chain::Gateway, &forged), Err(Unsealed::Forged));
        }
        let tenant = faxgate_types::TenantId::generate(&faxgate_types::Ambient::system());
        assert_eq!(
            key.check(tenant.into(), &head(7, "aa")),
            Err(Unsealed::Forged)
        );
        assert_eq!(
            other.check(Chain::Gateway, &head(7, "aa")),
            Err(Unsealed::OtherSecret)
        );
        let bare = Head {
            seal: None,
            ..head(7, "aa")
        };
        assert_eq!(key.check(Chain::Gateway, &bare), Err(Unsealed::Bare));
    }
}
