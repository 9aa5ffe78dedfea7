//! Who may be dialled.
//!
//! A gateway that dials whatever is well-formed pays for premium lines and wakes the fire brigade: 911, `+1900…` and
//! `+88213…` all pass a whitelist of characters. The check runs where a number comes in and again just before the call.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType};

use super::{Country, E164};

/// Which countries a tenant may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialling {
    allowed: Vec<Country>,
}

/// Why a well-formed number may not be dialled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// An emergency service.
    #[error("{0} is an emergency number; a fax gateway never dials those")]
    Emergency(E164),
    /// Premium rate or shared cost.
    #[error("{0} is a premium-rate number; those are blocked")]
    Premium(E164),
    /// Satellite phones and codes that belong to no country.
    #[error("{0} is in a satellite or international network; those are blocked")]
    NoCountry(E164),
    /// A country that the tenant does not call.
    #[error("{number} is in {country}, which this tenant may not call; an operator can allow it")]
    Country {
        /// The number.
        number: E164,
        /// Where it is.
        country: Country,
    },
}

impl Dialling {
    /// Allows exactly these countries. `+1` is not one country: US does not include Jamaica.
    #[must_use]
    pub fn to(allowed: impl IntoIterator<Item = Country>) -> Self {
        Self {
            allowed: allowed.into_iter().collect(),
        }
    }

    /// Whether `number` may be dialled.
    ///
    /// # Errors
    /// [`Refused`], naming the number and the rule.
    pub fn check(&self, number: &E164) -> Result<(), Refused> {
        let refused = |rule: fn(E164) -> Refused| Err(rule(number.clone()));
        let Some(parsed) = number.parsed() else {
            return refused(Refused::NoCountry);
        };
        if is_emergency(&number.national()) {
            return refused(Refused::Emergency);
        }
        if NETWORK_CODES.contains(&parsed.country_code) {
            return refused(Refused::NoCountry);
        }
        if is_premium(number, &parsed) {
            return refused(Refused::Premium);
        }
        match country_of(&parsed) {
            None => refused(Refused::NoCountry),
            Some(country) if self.allowed.contains(&country) => Ok(()),
            Some(country) => Err(Refused::Country {
                number: number.clone(),
                country,
            }),
        }
    }
}

/// Country codes of ITU-T E.164 that belong to no country: freephone and shared cost (800, 808), Inmarsat (870),
/// personal numbers (878), satellite and international networks (881 to 883), telecom for disaster relief (888), premium (979).
const NETWORK_CODES: &[i32] = &[800, 808, 870, 878, 881, 882, 883, 888, 979];

/// Emergency numbers in use anywhere. Too short to be a subscriber in any plan, so that one list serves every country.
const EMERGENCY: &[&str] = &[
    "000", "08", "100", "101", "102", "103", "104", "105", "106", "107", "108", "110", "111",
    "112", "113", "114", "115", "116", "117", "118", "119", "120", "122", "123", "125", "128",
    "129", "130", "131", "132", "133", "140", "143", "144", "150", "151", "155", "156", "158",
    "160", "161", "166", "177", "180", "188", "190", "191", "192", "193", "194", "195", "197",
    "198", "199", "900", "901", "902", "903", "911", "912", "913", "917", "919", "933", "937",
    "988", "990", "991", "992", "993", "994", "995", "996", "997", "998", "999", "1122", "1669",
    "10111",
];

/// Prefixes of premium ranges that stay premium even where the rest of the number is not in the metadata.
const PREMIUM_PREFIXES: &[&str] = &[
    "+1900", "+1976", "+90900", "+4490", "+4491", "+4498", "+49900", "+33899", "+39899", "+61190",
];

pub(super) fn is_emergency(digits: &str) -> bool {
    EMERGENCY.contains(&digits)
}

fn is_premium(number: &E164, parsed: &PhoneNumber) -> bool {
    PREMIUM_PREFIXES.iter().any(|prefix| number.as_str().starts_with(prefix))
        // 976 is a premium exchange in every area code of North America.
        || (parsed.country_code == 1 && number.national().get(3..6) == Some("976"))
        || matches!(parsed.get_type(), PhoneNumberType::PremiumRate | PhoneNumberType::SharedCost)
}

/// The country that a number lies in, as far as its leading digits tell.
fn country_of(number: &PhoneNumber) -> Option<Country> {
    if let Some(region) = number.get_region_code() {
        return Some(Country::from_region(region));
    }
    // Only possible, not valid: under a shared code the area code still tells the country, so ask about a neighbour
    // that is surely well-formed. (Area code 555, which nobody has, then counts as the code's main country.)
    if number.country_code == 1 {
        let area: String = number
            .get_national_significant_number()
            .chars()
            .take(3)
            .collect();
        let neighbour = PhoneNumber::parse(format!("+1{area}2345678"), None).ok();
        if let Some(region) = neighbour.and_then(|n| n.get_region_code()) {
            return Some(Country::from_region(region));
        }
    }
    PHONE_NUMBER_UTIL
        .get_region_for_country_code(number.country_code)
        .map(Country::from_region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: &str, allowed: &[&str]) -> Result<(), Refused> {
        Dialling::to(allowed.iter().map(|c| c.parse().unwrap())).check(&number.parse().unwrap())
    }

    #[test]
    fn the_tenants_own_country_is_allowed() {
        assert_eq!(check("+15559876543", &["US"]), Ok(()));
        assert_eq!(check("+12125551234", &["US"]), Ok(()));
        assert_eq!(check("+905319999999", &["TR"]), Ok(()));
    }

    #[test]
    fn one_is_not_one_country() {
        for number in [
            "+18765551234",
            "+18762345678",
            "+14165551234",
            "+12425551234",
        ] {
            assert!(
                matches!(check(number, &["US"]), Err(Refused::Country { .. })),
                "{number}"
            );
        }
        assert_eq!(check("+14165551234", &["US", "CA"]), Ok(()));
    }

    #[test]
    fn premium_and_satellite_are_blocked_wherever_one_may_call() {
        let everywhere = &["US", "GB", "TR", "DE"];
        for number in [
            "+19005551234",
            "+19765551234",
            "+12129761234",
            "+449061234567",
            "+909001234567",
        ] {
            assert!(
                matches!(check(number, everywhere), Err(Refused::Premium(_))),
                "{number}"
            );
        }
        for number in [
            "+88213000000",
            "+870773111111",
            "+881612345678",
            "+979123456789",
            "+80012345678",
        ] {
            assert!(
                matches!(check(number, everywhere), Err(Refused::NoCountry(_))),
                "{number}"
            );
        }
    }

    #[test]
    fn another_country_is_named() {
        let refused = check("+442079460000", &["US"]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "+442079460000 is in GB, which this tenant may not call; an operator can allow it"
        );
    }
}
