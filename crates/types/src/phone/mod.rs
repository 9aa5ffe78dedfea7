//! Phone numbers: from what a person typed to what may be dialled.
//!
//! The reading is libphonenumber's, and a number has to be *possible*, not *valid*: numbering plans change faster than
//! software does. Letters are refused (`1-800-FLOWERS` would silently become digits), and so is all that is no
//! subscriber: emergency and premium ranges, satellite and international-network codes.

mod country;
mod policy;
mod zone;

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};

pub use country::{Countries, Country, UnknownCountry};
pub use policy::{Dialling, Refused};

/// A number in E.164: `+` and 4 to 15 digits. What we dial, compare and index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(String);

/// Why a text is not a phone number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Nothing there.
    #[error("the number is empty")]
    Empty,
    /// Letters, or other signs that no phone number has.
    #[error(
        "a phone number has digits, and may have a leading + and the separators space - . ( ) /"
    )]
    Characters,
    /// Not a length that the country's plan allows, or no such country code.
    #[error("it cannot be a phone number in {country}; write it with + and the country code")]
    Impossible {
        /// The country it was read in.
        country: Country,
    },
    /// An emergency service.
    #[error("it is an emergency number; a fax gateway never dials those")]
    Emergency,
}

impl E164 {
    /// Reads what somebody typed, as it would be dialled in `country`.
    ///
    /// # Errors
    /// [`NumberError`] when it cannot be a phone number there.
    pub fn read(text: &str, country: Country) -> Result<Self, NumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        let plausible =
            |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '(' | ')' | '/');
        if text.len() > 40
            || !text.chars().all(plausible)
            || text.rfind('+').is_some_and(|at| at > 0)
        {
            return Err(NumberError::Characters);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if policy::is_emergency(&digits) {
            return Err(NumberError::Emergency);
        }
        let impossible = || NumberError::Impossible { country };
        let number = PhoneNumber::parse(text, Some(country.region())).map_err(|_| impossible())?;
        // A local number ("possible, local only") lacks its area code: nobody could dial it from here.
        match number.is_possible_with_reason() {
            Ok(rlibphonenumber::NumberLengthType::IsPossible) => {}
            _ => return Err(impossible()),
        }
        let e164 = number.format_as(PhoneNumberFormat::E164);
        // A nonsense number can lose another trunk prefix each time it is read: one destination, one form.
        let again = PhoneNumber::parse(&*e164, None).map_err(|_| impossible())?;
        if again.format_as(PhoneNumberFormat::E164) != e164 {
            return Err(impossible());
        }
        e164.parse().map_err(|_| impossible())
    }

    /// With the leading `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the leading `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }

    /// The number without its country code, as it is written inside its country, without a trunk prefix.
    #[must_use]
    pub fn national(&self) -> String {
        self.parsed().map_or_else(
            || self.digits().to_owned(),
            |n| n.get_national_significant_number(),
        )
    }

    /// The country's calling code that it begins with: 1 for all of North America.
    #[must_use]
    pub fn calling_code(&self) -> Option<u16> {
        self.parsed()?.country_code.try_into().ok()
    }

    fn parsed(&self) -> Option<PhoneNumber> {
        PhoneNumber::parse(&self.0, None).ok()
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not in E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number in E.164 form (+ and 4 to 15 digits)")]
pub struct NotE164;

impl FromStr for E164 {
    type Err = NotE164;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').ok_or(NotE164)?;
        if (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotE164)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, country: &str) -> Result<String, NumberError> {
        E164::read(text, country.parse().unwrap()).map(|n| n.to_string())
    }

    #[test]
    fn one_destination_has_one_form() {
        for text in [
            "05319999999",
            "+905319999999",
            "905319999999",
            "0531 999 99 99",
            "+90 (531) 999-99-99",
        ] {
            assert_eq!(read(text, "TR").unwrap(), "+905319999999", "{text}");
        }
        for text in [
            "5551234567",
            "15551234567",
            "+15551234567",
            "(555) 123-4567",
            "555.123.4567",
        ] {
            assert_eq!(read(text, "US").unwrap(), "+15551234567", "{text}");
        }
        assert_eq!(read("011 44 20 7946 0000", "US").unwrap(), "+442079460000");
    }

    #[test]
    fn what_cannot_be_a_number_is_refused() {
        for text in [
            "1-800-FLOWERS",
            "12",
            "+",
            "555 1234567 ext. 9",
            "+1+5551234567",
            "5551234567;5551234568",
            "٠٥٣١٩٩٩٩٩٩٩",
        ] {
            assert!(read(text, "US").is_err(), "{text}");
        }
        assert_eq!(read("", "US"), Err(NumberError::Empty));
        assert_eq!(
            read("1234567", "US").unwrap_err().to_string(),
            "it cannot be a phone number in US; write it with + and the country code"
        );
    }

    #[test]
    fn emergency_numbers_are_named_as_such() {
        for text in ["911", "112", "999", "110", "+911"] {
            assert_eq!(read(text, "US"), Err(NumberError::Emergency), "{text}");
        }
    }

    #[test]
    fn the_national_number_has_no_country_code() {
        assert_eq!(
            "+15551234567".parse::<E164>().unwrap().national(),
            "5551234567"
        );
        assert_eq!(
            "+905319999999".parse::<E164>().unwrap().national(),
            "5319999999"
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_gives_only_digits(text in "\\PC{0,30}") {
            if let Ok(number) = E164::read(&text, "DE".parse().unwrap()) {
                prop_assert!(number.as_str().parse::<E164>().is_ok());
            }
        }

        #[test]
        fn reading_twice_changes_nothing(text in "\\+?[0-9]{5,15}") {
            if let Ok(number) = E164::read(&text, "TR".parse().unwrap()) {
                prop_assert_eq!(E164::read(number.as_str(), "TR".parse().unwrap()), Ok(number));
            }
        }
    }
}
