//! Names of stored files.

use std::fmt;
use std::str::FromStr;

const SEGMENT_BYTES: usize = 128;

/// The name of a stored file, `tenant/area/name`: the tenant's id, what kind of file it is, and its own name.
///
/// Each segment is 1 to 128 of `A-Za-z0-9._-` and does not begin with a dot, so a key is a plain relative path on every
/// store, and there is no `..` in it. A key that begins with a tenant can never reach another's file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StorageKey {
    text: String,
    /// Where the first and the second slash are.
    slashes: (usize, usize),
}

/// A segment that no key can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be part of a storage key: three segments, each 1 to 128 of A-Z a-z 0-9 . _ - not beginning with a dot"
)]
pub struct InvalidKey(String);

impl StorageKey {
    /// Puts a key together.
    ///
    /// # Errors
    /// A segment is empty, too long, begins with a dot, or has another sign in it.
    pub fn new(tenant_segment: &str, area: &str, name: &str) -> Result<Self, InvalidKey> {
        for segment in [tenant_segment, area, name] {
            if !is_segment(segment) {
                return Err(InvalidKey(segment.chars().take(SEGMENT_BYTES).collect()));
            }
        }
        let first = tenant_segment.len();
        Ok(Self {
            text: format!("{tenant_segment}/{area}/{name}"),
            slashes: (first, first + 1 + area.len()),
        })
    }

    /// The whole key, to be kept in the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The tenant's segment.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.text[..self.slashes.0]
    }

    /// What kind of file it is.
    #[must_use]
    pub fn area(&self) -> &str {
        &self.text[self.slashes.0 + 1..self.slashes.1]
    }

    /// The file's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.slashes.1 + 1..]
    }
}

/// Whether a text can be one segment of a path without any quoting.
pub(crate) fn is_segment(text: &str) -> bool {
    (1..=SEGMENT_BYTES).contains(&text.len())
        && !text.starts_with('.')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

impl fmt::Display for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for StorageKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = text.splitn(3, '/');
        match (segments.next(), segments.next(), segments.next()) {
            (Some(tenant), Some(area), Some(name)) => Self::new(tenant, area, name),
            _ => Err(InvalidKey(text.chars().take(SEGMENT_BYTES).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        let key = StorageKey::new("0198c0de-7a7b", "originals", "a1_b.pdf").unwrap();
        assert_eq!(key.to_string(), "0198c0de-7a7b/originals/a1_b.pdf");
        assert_eq!(key.tenant(), "0198c0de-7a7b");
        assert_eq!(key.area(), "originals");
        assert_eq!(key.name(), "a1_b.pdf");
        assert_eq!(key.as_str().parse::<StorageKey>().unwrap(), key);
    }

    #[test]
    fn no_segment_can_leave_its_place() {
        let long = "a".repeat(129);
        for bad in [
            "", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a\0b", "a%2fb", "ü", "a#1", &long,
        ] {
            assert!(StorageKey::new(bad, "area", "name").is_err(), "{bad:?}");
            assert!(StorageKey::new("tenant", bad, "name").is_err(), "{bad:?}");
            assert!(StorageKey::new("tenant", "area", bad).is_err(), "{bad:?}");
        }
        for bad in [
            "", "a", "a/b", "/a/b/c", "a//c", "a/b/", "a/b/c/d", "a/../c",
        ] {
            assert!(bad.parse::<StorageKey>().is_err(), "{bad:?}");
        }
    }
}
