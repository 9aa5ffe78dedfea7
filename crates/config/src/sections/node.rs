//! `[node]`

use crate::section::{Check, Section, section};

section! {
    /// `[node]`: this process among others on the same database.
    pub struct Node {
        /// Stable and its own: a restarted node settles what it left behind at once. At most 64 of `A-Za-z0-9._-`.
        pub name: String,
    }
}

impl Check for Node {
    fn check(&self, section: &mut Section<'_>) {
        section.require(is_name(&self.name), "name", NAME);
    }
}

/// What [`is_name`] takes, for messages.
pub(super) const NAME: &str =
    "must be 1 to 64 of the signs A-Z a-z 0-9 . _ - and begin with a letter or digit";

/// A name that needs no quoting anywhere: in a path, a log, or a dial string.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
