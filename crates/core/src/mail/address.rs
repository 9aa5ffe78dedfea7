//! Addresses that stand for fax numbers.

use faxgate_types::EmailAddress;

/// What an address for mail to fax says: `NUMBER@domain`, `NUMBER@tenant.domain`, `NUMBER+TOKEN@…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// The number, as it was typed: with or without `+`.
    pub(super) number: String,
    /// The tenant's slug, if it is named.
    pub(super) tenant: Option<String>,
    /// The token, if there is one.
    pub(super) token: Option<String>,
}

impl Destination {
    /// Reads an address; `None`: it is not beneath our domain, or stands for no number.
    pub(super) fn read(address: &EmailAddress, domain: &str) -> Option<Self> {
        let own = address.domain();
        let tenant = match own.strip_suffix(&domain.to_ascii_lowercase())? {
            "" => None,
            above => Some(above.strip_suffix('.')?).filter(|slug| !slug.contains('.')),
        };
        if own.len() > domain.len() && tenant.is_none() {
            return None;
        }
        let local = address.local();
        let (plus, rest) = match local.strip_prefix('+') {
            Some(rest) => ("+", rest),
            None => ("", local),
        };
        let (digits, token) = match rest.split_once('+') {
            Some((digits, token)) => (digits, Some(token)),
            None => (rest, None),
        };
        let plain: String = digits
            .chars()
            .filter(|c| !matches!(c, '-' | '.' | '_'))
            .collect();
        let good = (3..=20).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self {
            number: format!("{plus}{plain}"),
            tenant: tenant.map(str::to_owned),
            token: token.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Option<(String, Option<String>, Option<String>)> {
        let found = Destination::read(&address.parse().unwrap(), "fax.example.com")?;
        Some((found.number, found.tenant, found.token))
    }

    #[test]
    fn an_address_names_a_number_a_tenant_and_a_token() {
        let number = |number: &str| number.to_owned();
        assert_eq!(
            read("+15551234567@fax.example.com"),
            Some((number("+15551234567"), None, None))
        );
        assert_eq!(
            read("555-123-4567@Clinic.fax.example.com"),
            Some((number("5551234567"), Some("clinic".to_owned()), None))
        );
        assert_eq!(
            read("+1555.123.4567+secret@fax.example.com"),
            Some((number("+15551234567"), None, Some("secret".to_owned())))
        );
    }

    #[test]
    fn other_addresses_are_none_of_ours() {
        for other in [
            "+15551234567@example.com",
            "+15551234567@evilfax.example.com",
            "+15551234567@a.b.fax.example.com",
            "postmaster@fax.example.com",
            "12@fax.example.com",
            "123456789012345678901@fax.example.com",
            "+@fax.example.com",
            "++15551234567@fax.example.com",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
