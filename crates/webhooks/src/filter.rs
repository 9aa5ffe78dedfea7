//! Which events an endpoint wants.

use std::fmt;
use std::str::FromStr;

/// Patterns that one endpoint may have.
pub const MOST_PATTERNS: usize = 50;
/// Longer than any type of event.
const LONGEST_PATTERN: usize = 64;

/// The types of events that an endpoint wants: exact (`fax.sent`), all of a kind (`fax.*`), or all (`*`).
///
/// Written down with commas: `fax.*,number.added`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter(Vec<String>);

/// Why a list is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// There are none, or too many.
    #[error("name 1 to {MOST_PATTERNS} types of events, or * for all")]
    Count,
    /// One is no type of events.
    #[error("`{0}` is no type of events: fax.sent, fax.* or * are")]
    Pattern(String),
}

impl EventFilter {
    /// Every event.
    #[must_use]
    pub fn all() -> Self {
        Self(vec!["*".to_owned()])
    }

    /// Takes patterns; the same one counts once.
    ///
    /// # Errors
    /// There are none, too many, or one is no type of events.
    pub fn new<T: AsRef<str>>(patterns: &[T]) -> Result<Self, FilterError> {
        let mut kept: Vec<String> = Vec::new();
        for pattern in patterns.iter().map(|pattern| pattern.as_ref().trim()) {
            if !is_pattern(pattern) {
                let shown = pattern.chars().take(LONGEST_PATTERN).collect();
                return Err(FilterError::Pattern(shown));
            }
            if !kept.iter().any(|known| known == pattern) {
                kept.push(pattern.to_owned());
            }
        }
        match kept.len() {
            1..=MOST_PATTERNS => Ok(Self(kept)),
            _ => Err(FilterError::Count),
        }
    }

    /// Whether an event of this type is wanted.
    #[must_use]
    pub fn takes(&self, event_type: &str) -> bool {
        self.0
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                // With its dot: `fax.*` does not take `faxes.sent`.
                Some(beginning) => event_type.starts_with(beginning),
                None => pattern == event_type,
            })
    }

    /// The patterns, in the order given.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// `*`, or words of lower-case letters, digits and `_` between dots, the last of which may be `*`.
fn is_pattern(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let mut words = text.split('.');
    let last = words.next_back();
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut beginning = words.peekable();
    text.len() <= LONGEST_PATTERN
        && beginning.peek().is_some()
        && beginning.all(word)
        && last.is_some_and(|last| last == "*" || word(last))
}

impl fmt::Display for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl FromStr for EventFilter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let patterns: Vec<&str> = text.split(',').collect();
        Self::new(&patterns)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_types_kinds_and_all_are_told_apart() {
        let filter: EventFilter = "fax.sent,number.*,tenant.limit.*".parse().unwrap();
        for wanted in [
            "fax.sent",
            "number.added",
            "number.order.failed",
            "tenant.limit.reached",
        ] {
            assert!(filter.takes(wanted), "{wanted}");
        }
        for other in [
            "fax.sent.late",
            "fax.failed",
            "numbers.added",
            "tenant.suspended",
            "*",
            "",
        ] {
            assert!(!filter.takes(other), "{other}");
        }
        assert!(EventFilter::all().takes("anything.at.all"));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for wrong in [
            "",
            "fax",
            "fax.",
            ".sent",
            "fax..sent",
            "fax*",
            "*.sent",
            "fax.*.late",
            "Fax.sent",
            "fax sent",
            "**",
        ] {
            assert!(EventFilter::new(&[wrong]).is_err(), "{wrong}");
        }
        assert_eq!(EventFilter::new::<&str>(&[]), Err(FilterError::Count));
        let many: Vec<String> = (0..51).map(|n| format!("fax.t{n}")).collect();
        assert_eq!(EventFilter::new(&many), Err(FilterError::Count));
        assert_eq!(EventFilter::new(&["*", "*"]).unwrap(), EventFilter::all());
    }

    proptest! {
        #[test]
        fn a_filter_reads_back_what_it_wrote(patterns in prop::collection::vec("[a-z_]{1,5}\\.([a-z0-9]{1,5}|\\*)", 1..9)) {
            let filter = EventFilter::new(&patterns).unwrap();
            prop_assert_eq!(filter.to_string().parse::<EventFilter>().unwrap(), filter);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,100}", of in ".{0,30}") {
            if let Ok(filter) = text.parse::<EventFilter>() {
                let _ = filter.takes(&of);
            }
        }
    }
}
