//! `[encryption]`

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret as _, SecretSlice};
use toml::Value;

use crate::section::{Check, Section, section};
use crate::setting::Setting;

section! {
    /// `[encryption]`: what documents and pages are encrypted with where they are stored.
    pub struct Encryption {
        /// The key that tenants' keys are encrypted with. `None`: documents are stored in clear.
        pub master_key: Option<MasterKey>,
        /// Others that tenants' keys may still be, or already be, encrypted with.
        pub previous_master_keys: Vec<MasterKey>,
    }
}

/// A key of 32 bytes, written in hexadecimal or in base64. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct MasterKey(SecretSlice<u8>);

impl MasterKey {
    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &SecretSlice<u8> {
        &self.0
    }
}

impl Setting for MasterKey {
    fn read(value: &Value) -> Result<Self, String> {
        let bytes = value.as_str().and_then(|text| decoded(text.trim()));
        // Never shown.
        let wrong =
            "is not 32 bytes in hexadecimal or base64; make one with: faxgate keys generate";
        bytes.map(Self).ok_or_else(|| wrong.to_owned())
    }
}

fn decoded(text: &str) -> Option<SecretSlice<u8>> {
    let any_padding =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = match text.len() {
        64 => hex::decode(text).ok(),
        _ => [STANDARD, URL_SAFE]
            .iter()
            .find_map(|signs| GeneralPurpose::new(signs, any_padding).decode(text).ok()),
    };
    let key = SecretSlice::from(bytes?);
    (key.expose_secret().len() == 32).then_some(key)
}

impl Check for Encryption {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.master_key.is_some() || self.previous_master_keys.is_empty(),
            "previous_master_keys",
            "needs encryption.master_key: without it nothing new is encrypted, and what is cannot be read",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_every_usual_form() {
        let bytes: Vec<u8> = (200..232).collect();
        for text in [
            "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7",
            "C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7",
            "yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5uc=",
            "yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc",
        ] {
            let key = MasterKey::read(&Value::String(format!(" {text}\n"))).unwrap();
            assert_eq!(key.bytes().expose_secret(), bytes, "{text}");
            assert!(!format!("{key:?}").contains("200"));
        }
        for wrong in [
            "",
            "c8c9",
            "yMnKy8zN",
            "not a key at all",
            &"0".repeat(63),
            &"g".repeat(64),
        ] {
            let told = MasterKey::read(&Value::String(wrong.to_owned())).unwrap_err();
            assert!(
                told.contains("32 bytes") && !told.contains("c8c9"),
                "{told}"
            );
        }
    }
}
