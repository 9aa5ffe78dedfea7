//! How a tenant's mail looks.

use std::fmt;
use std::str::FromStr;

use faxgate_types::{EmailAddress, TimeZone};
use serde::{Deserialize, Serialize};

/// How a tenant's mail looks, and whom it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The tenant's name, as readers know it.
    pub name: String,
    /// The name beside the sender's address.
    pub from_name: String,
    /// The sender's address: the gateway's.
    pub from: EmailAddress,
    /// Where answers go; `None`: to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The line above the page, and of links.
    pub colour: Colour,
    /// A picture at `https://…` in place of the name; `None`: the name.
    pub logo_url: Option<String>,
    /// Beneath everything.
    pub footer: Option<String>,
    /// The clocks of its times.
    pub zone: TimeZone,
}

/// A colour as `#1a5fb4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(u32);

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a colour such as #1a5fb4")]
pub struct NotAColour;

impl Default for Colour {
    fn default() -> Self {
        Self(0x1a_5f_b4)
    }
}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.trim().strip_prefix('#').ok_or(NotAColour)?;
        let hex = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        match u32::from_str_radix(digits, 16) {
            Ok(colour) if hex => Ok(Self(colour)),
            _ => Err(NotAColour),
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = NotAColour;

    fn try_from(text: String) -> Result<Self, NotAColour> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:06x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_and_nothing_that_could_end_a_style() {
        assert_eq!("#FF00aa".parse::<Colour>().unwrap().to_string(), "#ff00aa");
        for wrong in [
            "",
            "red",
            "#fff",
            "#12345g",
            "#+12345",
            "#123456;x",
            "#1234567",
        ] {
            assert_eq!(wrong.parse::<Colour>(), Err(NotAColour), "{wrong}");
        }
    }
}
