//! What signs: `whsec_` and base64.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{PAD, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose};

const PREFIX: &str = "whsec_";
/// With or without padding, as other makers of secrets have it.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret that an endpoint shares with us: 24 to 64 bytes (Standard Webhooks, "Signature scheme").
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret. Never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not begin with `whsec_`.
    #[error("a secret begins with whsec_")]
    Prefix,
    /// What follows is not base64.
    #[error("what follows whsec_ is not base64")]
    Base64,
    /// Too few bytes, or too many.
    #[error("a secret has 24 to 64 bytes, this one has {0}")]
    Length(usize),
}

impl Secret {
    /// A secret of random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// As it is handed out: `whsec_…`.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(SecretError::Prefix)?;
        let bytes = ANY_PADDING
            .decode(encoded)
            .map_err(|_| SecretError::Base64)?;
        match bytes.len() {
            24..=64 => Ok(Self(bytes)),
            other => Err(SecretError::Length(other)),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_is_not_shown() {
        let secret = Secret::from_random([7; 32]);
        assert_eq!(secret.expose().parse::<Secret>().unwrap(), secret);
        assert!(!format!("{secret:?}").contains("BwcH"));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let of = |length: usize| format!("{PREFIX}{}", STANDARD.encode(vec![1; length]));
        for (text, expected) in [
            ("".to_owned(), SecretError::Prefix),
            (STANDARD.encode([1; 32]), SecretError::Prefix),
            ("whsk_AAAA".to_owned(), SecretError::Prefix),
            ("whsec_not base64".to_owned(), SecretError::Base64),
            (of(23), SecretError::Length(23)),
            (of(65), SecretError::Length(65)),
        ] {
            assert_eq!(text.parse::<Secret>().unwrap_err(), expected, "{text}");
        }
        assert!(of(24).parse::<Secret>().is_ok());
        assert!(of(64).parse::<Secret>().is_ok());
        let bare = of(32);
        let bare = bare.trim_end_matches('=');
        assert_eq!(
            bare.parse::<Secret>().unwrap(),
            Secret::from_random([1; 32])
        );
    }
}
