//! Countries, by their two letters.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

/// A country with a numbering plan, by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(Region);

/// Two letters that are no country with phone numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country code; use two letters such as US, GB or TR")]
pub struct UnknownCountry(String);

impl Country {
    pub(super) const fn region(self) -> Region {
        self.0
    }

    /// Its calling code (ITU-T E.164): 1 for the United States, and for all else in North America.
    #[must_use]
    pub fn calling_code(self) -> u16 {
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(self.0)
            .and_then(|code| u16::try_from(code).ok())
            .unwrap_or(0)
    }

    pub(super) const fn from_region(region: Region) -> Self {
        Self(region)
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let upper = code.to_ascii_uppercase();
        Region::try_from(upper.as_str())
            .ok()
            // The library knows every pair of letters; only those with a numbering plan are countries to us.
            .filter(|region| {
                PHONE_NUMBER_UTIL
                    .get_country_code_for_region(*region)
                    .is_some()
            })
            .map(Self)
            .ok_or_else(|| UnknownCountry(code.chars().take(20).collect()))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A list of countries, written with commas: `US,CA`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Countries(pub Vec<Country>);

impl FromStr for Countries {
    type Err = UnknownCountry;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        list.split(',')
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Countries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, country) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{country}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_countries_reads_back() {
        let list: Countries = "us, CA".parse().unwrap();
        assert_eq!(list.to_string(), "US,CA");
        assert!("US,QQ".parse::<Countries>().is_err());
    }
}
