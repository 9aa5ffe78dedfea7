//! What a tenant is charged.

use std::collections::BTreeMap;

use faxgate_types::E164;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The most that anything may cost: a million.
const MOST: u64 = 1_000_000_000_000;
/// More prefixes than any plan of numbering has countries and areas that are worth a price.
const MOST_PREFIXES: usize = 2_000;

/// Prices, in millionths of the currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceList {
    /// A page that the far end confirms, to any number that no prefix covers.
    pub per_page: u64,
    /// A page to numbers that begin with these digits (E.164 without the `+`); the longest prefix counts.
    pub per_page_by_prefix: BTreeMap<String, u64>,
    /// A minute on the line, to any number that no prefix covers.
    pub per_minute: u64,
    /// A minute to numbers that begin with these digits.
    pub per_minute_by_prefix: BTreeMap<String, u64>,
    /// A call that comes about, whatever becomes of it.
    pub per_attempt: u64,
    /// A page that comes in.
    pub per_page_received: u64,
}

/// What calls to one number are charged by, in millionths of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// A page that the far end confirms.
    pub per_page: u64,
    /// A minute on the line.
    pub per_minute: u64,
    /// A call that comes about.
    pub per_attempt: u64,
}

impl PriceList {
    /// What calls to this number are charged by.
    #[must_use]
    pub fn rate(&self, destination: &E164) -> Rate {
        let by = |prices: &BTreeMap<String, u64>, or: u64| {
            let digits = destination.digits();
            (1..=digits.len())
                .rev()
                .find_map(|length| prices.get(&digits[..length]))
                .copied()
                .unwrap_or(or)
        };
        Rate {
            per_page: by(&self.per_page_by_prefix, self.per_page),
            per_minute: by(&self.per_minute_by_prefix, self.per_minute),
            per_attempt: self.per_attempt,
        }
    }

    /// What so many pages that came in are charged.
    #[must_use]
    pub fn received(&self, pages: u64) -> u64 {
        self.per_page_received.saturating_mul(pages)
    }

    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// `INVALID_PRICES`, with the field.
    pub fn check(&self) -> Result<()> {
        let wrong = |field: &str, problem: &str| {
            Error::bad_input("INVALID_PRICES", format!("{field} {problem}")).field(field, problem)
        };
        for (field, price) in [
            ("per_page", self.per_page),
            ("per_minute", self.per_minute),
            ("per_attempt", self.per_attempt),
            ("per_page_received", self.per_page_received),
        ] {
            if price > MOST {
                return Err(wrong(field, "is more than a million"));
            }
        }
        for (field, prices) in [
            ("per_page_by_prefix", &self.per_page_by_prefix),
            ("per_minute_by_prefix", &self.per_minute_by_prefix),
        ] {
            if prices.len() > MOST_PREFIXES {
                return Err(wrong(field, "has more than 2000 prefixes"));
            }
            if prices.values().any(|price| *price > MOST) {
                return Err(wrong(field, "has a price of more than a million"));
            }
            let is_prefix = |text: &String| {
                (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
            };
            if !prices.keys().all(is_prefix) {
                return Err(wrong(
                    field,
                    "has a prefix that is not 1 to 15 digits, country code first",
                ));
            }
        }
        Ok(())
    }
}

impl Rate {
    /// Whether nothing is charged, whatever happens.
    #[must_use]
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// The price of a call: of its coming about, its confirmed pages, and its time on the line, by the second, rounded up.
    #[must_use]
    pub fn price(&self, came_about: bool, pages: u32, seconds: u64) -> u64 {
        let call = if came_about { self.per_attempt } else { 0 };
        let pages = self.per_page.saturating_mul(u64::from(pages));
        let time = self.per_minute.saturating_mul(seconds).div_ceil(60);
        call.saturating_add(pages).saturating_add(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> PriceList {
        PriceList {
            per_page: 50_000,
            per_page_by_prefix: [("1".to_owned(), 30_000), ("1900".to_owned(), 900_000)].into(),
            per_minute: 10_001,
            per_minute_by_prefix: [("44".to_owned(), 20_000)].into(),
            per_attempt: 500,
            per_page_received: 7,
        }
    }

    #[test]
    fn the_longest_prefix_counts_for_each_price_by_itself() {
        let rate = |number: &str| list().rate(&number.parse().unwrap());
        let of = |per_page, per_minute| Rate {
            per_page,
            per_minute,
            per_attempt: 500,
        };
        assert_eq!(rate("+442079460000"), of(50_000, 20_000));
        assert_eq!(rate("+15551234567"), of(30_000, 10_001));
        assert_eq!(rate("+19001234567"), of(900_000, 10_001));
    }

    #[test]
    fn seconds_are_charged_and_rounded_up_once_a_call() {
        let rate = list().rate(&"+15551234567".parse().unwrap());
        assert_eq!(rate.price(true, 0, 0), 500);
        assert_eq!(rate.price(false, 0, 0), 0);
        assert_eq!(rate.price(true, 3, 90), 500 + 90_000 + 15_002);
        assert_eq!(rate.price(true, 0, 1), 500 + 167);
        assert_eq!(list().received(3), 21);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(list().check().is_ok());
        for wrong in [
            PriceList {
                per_page: MOST + 1,
                ..list()
            },
            PriceList {
                per_page_by_prefix: [("+1".to_owned(), 1)].into(),
                ..list()
            },
            PriceList {
                per_minute_by_prefix: [("1".to_owned(), MOST + 1)].into(),
                ..list()
            },
        ] {
            assert_eq!(wrong.check().unwrap_err().code, "INVALID_PRICES");
        }
    }
}
