//! The name beside the sender's number.

use serde::Serialize;

/// Longest name, characters.
const MOST: usize = 128;

/// `from_display_name`: the SIP display name of the call, 1 to 128 of letters, digits, space and `-_~!.+`. It is not the
/// header line of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// What Telnyx takes of `text`: other characters become single spaces, the rest is cut off. `None` when nothing is left.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let fit = |one: char| one.is_ascii_alphanumeric() || "-_~!.+".contains(one);
        let words: Vec<&str> = text
            .split(|one| !fit(one))
            .filter(|word| !word.is_empty())
            .collect();
        let name: String = words.join(" ").chars().take(MOST).collect();
        let name = name.trim_end();
        (!name.is_empty()).then(|| Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
