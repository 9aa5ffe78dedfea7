//! Numbers as Telnyx writes them.

use serde::{Deserialize, Deserializer, Serialize};

/// A telephone number as `+` and digits (E.164), or a SIP URI. Foreign text when it was read: nothing promises digits.
///
/// Some of Telnyx' own samples have a space where the `+` should be (a URL decoded once too often): reading mends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Number(String);

impl Number {
    /// A number; a leading space before a digit becomes the `+` that it was, other white space around it goes.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let trimmed = text.trim();
        if text.starts_with(' ') && trimmed.starts_with(|first: char| first.is_ascii_digit()) {
            return Self(format!("+{trimmed}"));
        }
        Self(trimmed.to_owned())
    }

    /// The number's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Number {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Number {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::lenient::text(deserializer)? {
            Some(text) => Ok(Self::new(text)),
            None => Err(serde::de::Error::custom("a number is missing")),
        }
    }
}
