//! `[cost]`

use std::collections::BTreeMap;

use toml::Value;

use crate::section::{Check, Section, section};
use crate::setting::{Setting, shown};

/// The most that a minute may cost: a million.
const MOST_MILLIONTHS: u64 = 1_000_000_000_000;

section! {
    /// `[cost]`: what calls cost.
    pub struct Cost {
        /// ISO 4217: three capital letters.
        pub currency: String,
        /// A minute to a number that no prefix covers.
        pub per_minute: Money,
        /// A minute by the digits that a number begins with.
        pub by_prefix: Rates,
    }
}

/// An amount of money in millionths of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

impl Money {
    /// The number of millionths.
    #[must_use]
    pub const fn millionths(self) -> u64 {
        self.0
    }
}

impl std::str::FromStr for Money {
    type Err = String;

    /// Reads `12`, `0.0075`: digits, and at most six behind a point.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "{text:?} is not an amount such as 0.0075 (at most six digits behind the point)"
            )
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 6 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
        whole
            .checked_mul(1_000_000)
            .and_then(|whole| whole.checked_add(part))
            .filter(|all| *all <= MOST_MILLIONTHS)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is more than a million"))
    }
}

impl Setting for Money {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => text.trim().parse(),
            // The shortest decimal that means this number: what was written.
            Value::Float(number) => number.to_string().parse(),
            Value::Integer(number) => number.to_string().parse(),
            other => Err(format!("{} is not an amount such as 0.0075", shown(other))),
        }
    }
}

/// Amounts by the digits that a number begins with, country code first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates(pub BTreeMap<String, Money>);

impl Setting for Rates {
    fn read(value: &Value) -> Result<Self, String> {
        let mut rates = BTreeMap::new();
        match value {
            Value::Table(table) => {
                for (prefix, amount) in table {
                    rates.insert(digits(prefix)?, Money::read(amount)?);
                }
            }
            Value::String(text) => {
                for pair in text
                    .split(',')
                    .map(str::trim)
                    .filter(|pair| !pair.is_empty())
                {
                    let (prefix, amount) = pair.split_once('=').ok_or_else(|| {
                        format!("{pair:?} is not a prefix and an amount such as 1=0.007")
                    })?;
                    rates.insert(digits(prefix)?, amount.trim().parse()?);
                }
            }
            other => {
                return Err(format!(
                    "{} is not a table of prefixes and amounts such as {{ 1 = 0.007 }}",
                    shown(other)
                ));
            }
        }
        Ok(Self(rates))
    }
}

/// The digits of a prefix, which may be written with its `+`.
fn digits(prefix: &str) -> Result<String, String> {
    let digits = prefix.trim().trim_start_matches('+');
    if (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(digits.to_owned())
    } else {
        Err(format!(
            "{prefix:?} is not the beginning of a number: 1 to 15 digits, country code first"
        ))
    }
}

impl Check for Cost {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase()),
            "currency",
            "must be three capital letters, such as USD",
        );
    }
}
