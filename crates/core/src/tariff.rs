//! What calls cost, as the operator has it from the carrier.

use std::collections::BTreeMap;

use faxgate_types::E164;

/// What a minute on the line costs, by where the call goes. Amounts are millionths of the currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariff {
    /// ISO 4217, such as `USD`; for people.
    pub currency: String,
    /// A minute to any number that no prefix covers.
    pub per_minute: u64,
    /// A minute to numbers that begin with these digits (E.164 without the `+`); the longest prefix counts.
    pub by_prefix: BTreeMap<String, u64>,
}

impl Tariff {
    /// What a minute to this number costs.
    #[must_use]
    pub fn per_minute(&self, destination: &E164) -> u64 {
        let digits = destination.digits();
        (1..=digits.len())
            .rev()
            .find_map(|length| self.by_prefix.get(&digits[..length]))
            .copied()
            .unwrap_or(self.per_minute)
    }

    /// What `seconds` on the line to this number cost, charged by the second and rounded up.
    #[must_use]
    pub fn cost(&self, destination: &E164, seconds: u32) -> u64 {
        self.per_minute(destination)
            .saturating_mul(u64::from(seconds))
            .div_ceil(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_counts_and_seconds_are_charged() {
        let tariff = Tariff {
            currency: "USD".to_owned(),
            per_minute: 60_000,
            by_prefix: [("1".to_owned(), 7_000), ("1900".to_owned(), 900_000)].into(),
        };
        let number = |text: &str| text.parse::<E164>().unwrap();
        assert_eq!(tariff.per_minute(&number("+442079460000")), 60_000);
        assert_eq!(tariff.per_minute(&number("+15551234567")), 7_000);
        assert_eq!(tariff.per_minute(&number("+19001234567")), 900_000);
        assert_eq!(tariff.cost(&number("+15551234567"), 90), 10_500);
        assert_eq!(tariff.cost(&number("+15551234567"), 1), 117);
        assert_eq!(tariff.cost(&number("+15551234567"), 0), 0);
        assert_eq!(Tariff::default().cost(&number("+15551234567"), 3600), 0);
    }
}
