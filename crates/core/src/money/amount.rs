//! Amounts of money, for people and programs.

use std::fmt;
use std::str::FromStr;

/// An amount of money in millionths of the currency; below zero for what goes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// The most that an amount may be: a billion.
const MOST: i64 = 1_000_000_000_000_000;

/// A text that is no [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAmount {
    /// It is written otherwise.
    #[error("is not an amount such as 12.50 (at most six digits behind the point)")]
    Form,
    /// It is beyond a billion.
    #[error("is more than a billion")]
    Large,
}

impl Amount {
    /// So many millionths.
    #[must_use]
    pub const fn new(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The number of millionths.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The number of millionths of a price, which is not below zero.
    #[must_use]
    pub const fn price(self) -> Option<u64> {
        if self.0 < 0 {
            None
        } else {
            Some(self.0.unsigned_abs())
        }
    }
}

impl From<u64> for Amount {
    fn from(millionths: u64) -> Self {
        Self(i64::try_from(millionths).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Amount {
    /// `12.5`, `-0.0075`, `3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.unsigned_abs();
        let (whole, part) = (all / 1_000_000, all % 1_000_000);
        let sign = if self.0 < 0 { "-" } else { "" };
        let text = match part {
            0 => format!("{sign}{whole}"),
            part => format!("{sign}{whole}.{part:06}")
                .trim_end_matches('0')
                .to_owned(),
        };
        f.pad(&text)
    }
}

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > 6 {
            return Err(NoAmount::Form);
        }
        let whole: i64 = whole.parse().map_err(|_| NoAmount::Large)?;
        let part: i64 = format!("{part:0<6}").parse().map_err(|_| NoAmount::Form)?;
        whole
            .checked_mul(1_000_000)
            .and_then(|whole| whole.checked_add(part))
            .filter(|all| *all <= MOST)
            .map(|all| Self(sign * all))
            .ok_or(NoAmount::Large)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_to_the_millionth_and_no_further() {
        let read = |text: &str| text.parse::<Amount>().map(Amount::millionths);
        assert_eq!(read("12.50"), Ok(12_500_000));
        assert_eq!(read(" -0.000001 "), Ok(-1));
        assert_eq!(read("1000000000"), Ok(MOST));
        assert_eq!(read("1000000000.000001"), Err(NoAmount::Large));
        assert_eq!(read("99999999999999999999"), Err(NoAmount::Large));
        for wrong in [
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            "1e3",
            "0.0000001",
            "--1",
            "+1",
            "٣",
        ] {
            assert_eq!(read(wrong), Err(NoAmount::Form), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(millionths in -MOST..=MOST) {
            let amount = Amount::new(millionths);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
    }
}
