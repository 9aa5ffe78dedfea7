//! The sender and the recipients of a request, read and held against the rules.

use std::collections::BTreeMap;

use faxgate_db::tenants::Tenant;
use faxgate_types::E164;
use faxgate_types::phone::Dialling;

use crate::error::{Error, Result};
use crate::numbers::unconfirmed;

/// At most so many recipients in one send.
const MOST_RECIPIENTS: usize = 1000;

/// A recipient: as typed, and as it will be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) raw: String,
    pub(crate) number: E164,
}

/// Reads a comma-separated list; numbers that are one destination collapse into the first of them.
pub(crate) fn recipients(list: &str, tenant: &Tenant) -> Result<Vec<Recipient>> {
    let typed: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|raw| !raw.is_empty())
        .collect();
    if typed.is_empty() {
        return Err(
            Error::bad_input("NO_RECIPIENTS", "No recipient numbers provided")
                .field("numbers", "give one number, or several separated by commas"),
        );
    }
    if typed.len() > MOST_RECIPIENTS {
        let message = format!(
            "{} numbers given; at most {MOST_RECIPIENTS} in one send",
            typed.len()
        );
        return Err(
            Error::bad_input("TOO_MANY_RECIPIENTS", message.clone()).field("numbers", message)
        );
    }
    let allowed = Dialling::to(tenant.allowed_countries.0.iter().copied());
    let mut seen = BTreeMap::new();
    let mut recipients = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for raw in typed {
        let number = E164::read(raw, tenant.country).map_err(|e| format!("{}: {e}", shown(raw)));
        let number = number.and_then(|n| {
            allowed
                .check(&n)
                .map(|()| n)
                .map_err(|e| format!("{}: {e}", shown(raw)))
        });
        match number {
            Ok(number) if seen.insert(number.clone(), ()).is_none() => recipients.push(Recipient {
                raw: raw.to_owned(),
                number,
            }),
            Ok(_) => {}
            Err(reason) => wrong.push(reason),
        }
    }
    match wrong.first() {
        None => Ok(recipients),
        Some(first) => {
            let error = Error::bad_input(
                "INVALID_NUMBER",
                format!("Invalid recipient number: {first}"),
            );
            Err(wrong
                .into_iter()
                .take(20)
                .fold(error, |error, reason| error.field("numbers", reason)))
        }
    }
}

/// The sender: a DID of the caller's tenant, however it is written. `own` says of each whether it is confirmed: from one that is not, only
/// what is `simulated` goes.
pub(crate) fn sender(
    typed: &str,
    tenant: &Tenant,
    own: &[(E164, bool)],
    simulated: bool,
) -> Result<E164> {
    let typed = typed.trim();
    let read = E164::read(typed, tenant.country).ok();
    // An operator may have added one that no plan of numbering knows.
    let exact = typed.parse::<E164>().ok();
    // The documented form leaves out the +: `908509999999` is +90 850 999 99 99.
    let plain = format!("+{typed}").parse::<E164>().ok();
    let read = [read, exact, plain].into_iter().flatten();
    let found = read
        .filter_map(|number| own.iter().find(|(one, _)| *one == number))
        .next();
    match found {
        Some((number, false)) if !simulated => Err(unconfirmed(number)),
        Some((number, _)) => Ok(number.clone()),
        None => {
            let message = format!("{} is not a number of this tenant", shown(typed));
            let error = Error::bad_input("UNKNOWN_SENDER", format!("Invalid username: {message}"));
            Err(error.field("username", "use one of the tenant's own fax numbers (DIDs)"))
        }
    }
}

/// Foreign text, short enough to answer with.
fn shown(raw: &str) -> String {
    raw.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use faxgate_types::{Ambient, Countries, TenantId, TimeZone};

    use super::*;

    fn tenant(country: &str) -> Tenant {
        Tenant {
            id: TenantId::generate(&Ambient::system()),
            slug: "clinic".to_owned(),
            name: "Clinic".to_owned(),
            country: country.parse().unwrap(),
            allowed_countries: Countries(vec![country.parse().unwrap()]),
            time_zone: TimeZone::UTC,
            suspended_at: None,
            suspended_because: None,
            rate_limits: faxgate_types::RateLimits::default(),
        }
    }

    #[test]
    fn equal_numbers_collapse_into_the_first() {
        let found = recipients("05319999999, +905319999999,05329999999", &tenant("TR")).unwrap();
        let raw: Vec<_> = found.iter().map(|r| r.raw.as_str()).collect();
        assert_eq!(raw, ["05319999999", "05329999999"]);
        assert_eq!(found[0].number.as_str(), "+905319999999");
    }

    #[test]
    fn every_wrong_number_is_named() {
        let error = recipients("5559876543,911,+18765551234,abc", &tenant("US")).unwrap_err();
        assert_eq!(error.code, "INVALID_NUMBER");
        let named = &error.details["numbers"];
        assert_eq!(named.len(), 3);
        assert!(
            named[0].starts_with("911: it is an emergency number"),
            "{named:?}"
        );
        assert!(named[1].contains("is in JM"), "{named:?}");
        assert!(named[2].starts_with("abc: "), "{named:?}");
    }

    #[test]
    fn an_empty_list_and_an_endless_one_are_refused() {
        assert_eq!(
            recipients(" , ,", &tenant("US")).unwrap_err().code,
            "NO_RECIPIENTS"
        );
        let endless = vec!["5559876543"; 10_000].join(",");
        assert_eq!(
            recipients(&endless, &tenant("US")).unwrap_err().code,
            "TOO_MANY_RECIPIENTS"
        );
    }

    #[test]
    fn the_sender_may_be_a_number_that_nobody_could_dial() {
        let own = [("+1234567890".parse().unwrap(), true)];
        for typed in ["+1234567890", "1234567890"] {
            let read = sender(typed, &tenant("US"), &own, false);
            assert_eq!(read.unwrap(), own[0].0);
        }
    }

    #[test]
    fn from_a_number_that_was_only_claimed_go_test_faxes_alone() {
        let own = [("+12125550100".parse().unwrap(), false)];
        let us = tenant("US");
        let refused = sender("2125550100", &us, &own, false).unwrap_err();
        assert_eq!(refused.code, "NUMBER_UNCONFIRMED");
        assert_eq!(sender("2125550100", &us, &own, true).unwrap(), own[0].0);
    }

    #[test]
    fn the_sender_is_a_number_of_the_tenant_in_any_form() {
        let turkish = [("+908509999999".parse().unwrap(), true)];
        for typed in ["908509999999", "08509999999", "+908509999999", "8509999999"] {
            assert_eq!(
                sender(typed, &tenant("TR"), &turkish, false).unwrap(),
                turkish[0].0,
                "{typed}"
            );
        }
        assert_eq!(
            sender("5551234567", &tenant("TR"), &turkish, false)
                .unwrap_err()
                .code,
            "UNKNOWN_SENDER"
        );
        assert_eq!(
            sender("", &tenant("TR"), &turkish, false).unwrap_err().code,
            "UNKNOWN_SENDER"
        );
    }
}
