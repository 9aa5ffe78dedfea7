//! How two fax machines may talk on one call.

use std::fmt;
use std::str::FromStr;

use crate::state::UnknownWord;

/// Which of the gateway's own settings a call may use. All, unless a machine had trouble with one.
///
/// Written as words: `t38 ecm v17`, `ecm`, or nothing at all (audio, no error correction, 9,600 bit/s at most).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineSettings {
    /// T.38 (`fax_enable_t38`); without it the fax is audio (G.711).
    pub t38: bool,
    /// Error correction (T.30 Annex A, `fax_use_ecm`).
    pub ecm: bool,
    /// V.17, up to 14,400 bit/s (`fax_disable_v17`); without it V.29, up to 9,600 bit/s.
    pub v17: bool,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            t38: true,
            ecm: true,
            v17: true,
        }
    }
}

impl LineSettings {
    /// What both allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            t38: self.t38 && other.t38,
            ecm: self.ecm && other.ecm,
            v17: self.v17 && other.v17,
        }
    }
}

impl fmt::Display for LineSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [(self.t38, "t38"), (self.ecm, "ecm"), (self.v17, "v17")];
        let mut space = "";
        for (_, word) in words.into_iter().filter(|(used, _)| *used) {
            write!(f, "{space}{word}")?;
            space = " ";
        }
        Ok(())
    }
}

impl FromStr for LineSettings {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut settings = Self {
            t38: false,
            ecm: false,
            v17: false,
        };
        for word in text.split_ascii_whitespace() {
            match word {
                "t38" => settings.t38 = true,
                "ecm" => settings.ecm = true,
                "v17" => settings.v17 = true,
                _ => return Err(UnknownWord::new("line setting", word)),
            }
        }
        Ok(settings)
    }
}

impl serde::Serialize for LineSettings {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for LineSettings {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::state::from_text(from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_words() {
        assert_eq!(LineSettings::default().to_string(), "t38 ecm v17");
        let audio = LineSettings {
            t38: false,
            v17: false,
            ..LineSettings::default()
        };
        assert_eq!(audio.to_string(), "ecm");
        assert_eq!(
            "v34".parse::<LineSettings>().unwrap_err().to_string(),
            "unknown line setting `v34`"
        );
    }

    proptest! {
        #[test]
        fn settings_read_back(t38: bool, ecm: bool, v17: bool) {
            let settings = LineSettings { t38, ecm, v17 };
            prop_assert_eq!(settings.to_string().parse(), Ok(settings));
        }
    }
}
