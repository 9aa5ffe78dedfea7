//! The time zones in which a number may be.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::E164;
use crate::zone::TimeZone;

/// Rows of zones, a colon, and the leading digits of the numbers that are there; see the file itself.
const TABLE: &str = include_str!("zones.txt");

static ZONES: LazyLock<HashMap<&'static str, Box<[TimeZone]>>> = LazyLock::new(|| {
    let mut by_digits = HashMap::new();
    for (zones, digits) in rows() {
        let zones: Box<[TimeZone]> = words(zones).filter_map(|name| name.parse().ok()).collect();
        by_digits.extend(words(digits).map(|digits| (digits, zones.clone())));
    }
    by_digits
});

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split_once(": "))
}

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split_ascii_whitespace()
}

impl E164 {
    /// The time zones in which the number may be, as far as its leading digits tell: one for most, several for a number
    /// of a large country or a mobile one. Empty for a number of no country.
    ///
    /// Numbers are carried from place to place, and mobile phones move: this is where the number was given out.
    #[must_use]
    pub fn zones(&self) -> &'static [TimeZone] {
        let digits = self.digits();
        (1..=digits.len().min(7))
            .rev()
            .find_map(|length| ZONES.get(digits.get(..length)?))
            .map_or(&[], |zones| zones)
    }
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

    use super::*;

    fn zones(number: &str) -> String {
        let number: E164 = number.parse().unwrap();
        let names: Vec<String> = number.zones().iter().map(ToString::to_string).collect();
        names.join(" ")
    }

    #[test]
    fn every_row_is_made_of_zones_and_of_digits_that_have_no_other_row() {
        let mut seen = std::collections::HashSet::new();
        for (zones, digits) in rows() {
            for zone in words(zones) {
                assert!(zone.parse::<TimeZone>().is_ok(), "{zone}");
            }
            for prefix in words(digits) {
                assert!(prefix.len() <= 7 && prefix.bytes().all(|b| b.is_ascii_digit()));
                assert!(seen.insert(prefix), "{prefix} twice");
            }
        }
        assert!(seen.len() > 700, "{} rows", seen.len());
    }

    #[test]
    fn every_country_with_a_numbering_plan_has_a_zone() {
        let mut countries = 0;
        for (a, b) in ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| (a, b))) {
            let Ok(region) = Region::try_from(format!("{a}{b}").as_str()) else {
                continue;
            };
            if let Some(code) = PHONE_NUMBER_UTIL.get_country_code_for_region(region) {
                assert_ne!(zones(&format!("+{code}55512345")), "", "{a}{b}");
                countries += 1;
            }
        }
        assert!(countries > 200, "{countries}");
    }

    #[test]
    fn the_leading_digits_tell_the_zone() {
        for (number, expected) in [
            ("+12125550100", "America/New_York"),
            ("+14805550100", "America/Phoenix"),
            ("+18085550100", "Pacific/Honolulu"),
            ("+15065550100", "America/Halifax"),
            ("+19285550100", "America/Phoenix America/Denver"),
            (
                "+18005550100",
                "America/New_York America/Chicago America/Denver America/Los_Angeles",
            ),
            ("+905319999999", "Europe/Istanbul"),
            ("+74955550100", "Europe/Moscow"),
            ("+77275550100", "Asia/Almaty"),
            ("+61755550100", "Australia/Brisbane"),
            ("+34928555010", "Atlantic/Canary"),
            ("+870555010010", ""),
        ] {
            assert_eq!(zones(number), expected, "{number}");
        }
    }
}
