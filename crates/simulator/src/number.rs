//! Which numbers are the same line.

use std::fmt;

/// A line: the last ten digits of a number, so that `+1 555 000 1111`, `15550001111` and `5550001111` are one.
///
/// Shorter numbers are kept whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line(String);

impl Line {
    /// The line of a number as anybody writes it; whatever is not a digit is skipped.
    #[must_use]
    pub fn of(number: &str) -> Self {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        Self(digits[digits.len().saturating_sub(10)..].to_owned())
    }

    /// The digits, ten at most.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `+` and digits, as the dialplan hands a DID on: ten digits get the country code 1.
pub(crate) fn e164(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 10 && !number.starts_with('+') {
        format!("+1{digits}")
    } else {
        format!("+{digits}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_number_is_one_line() {
        for number in [
            "+15550001111",
            "15550001111",
            "5550001111",
            "(555) 000-1111",
        ] {
            assert_eq!(Line::of(number).digits(), "5550001111");
        }
        assert_eq!(Line::of("911").digits(), "911");
        assert_eq!(e164("5550001111"), "+15550001111");
        assert_eq!(e164("15550001111"), "+15550001111");
    }
}
