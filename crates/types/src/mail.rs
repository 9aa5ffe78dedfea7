//! Addresses of electronic mail.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::state::words;

words! {
    /// How a message of ours stands.
    MailState, "state of a message" {
        /// It waits for its time.
        Waiting = "waiting",
        /// Somebody is handing it over.
        Sending = "sending",
        /// The mail server has taken it.
        Sent = "sent",
        /// It was refused for good, or nobody took it in time.
        Failed = "failed",
    }
}

words! {
    /// What became of a message that is to be faxed.
    IntakeState, "state of a message" {
        /// It is being taken in.
        Taking = "taking",
        /// It became a fax, or several.
        Accepted = "accepted",
        /// It was refused.
        Refused = "refused",
    }
}

/// An address that mail can be sent to: `local@domain`, as far as its form goes (RFC 5321, 4.5.3.1). Without quotes, comments or
/// characters that could end a header or a command, so that it can stand in both. Its domain is in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// A text that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address such as name@example.com")]
pub struct NotAnAddress;

impl EmailAddress {
    /// The whole.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands behind the `@`, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The whole in lower case: by which senders are known.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(NotAnAddress)?;
        let plain = |c: char| c.is_ascii_graphic() && !"@<>()[],;:\\\"".contains(c);
        let label = |label: &str| {
            let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
            (1..=63).contains(&label.len())
                && label.chars().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let good = (1..=64).contains(&local.len())
            && local.chars().all(plain)
            && local.split('.').all(|atom| !atom.is_empty())
            && domain.len() <= 255
            && domain.contains('.')
            && domain.split('.').all(label);
        match good {
            true => Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()))),
            false => Err(NotAnAddress),
        }
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        for good in [
            "user@example.com",
            "first.last+fax@mail.example.org",
            "o'neil@example.com",
            "+15551234567@fax.example.com",
        ] {
            assert_eq!(good.parse::<EmailAddress>().unwrap().as_str(), good);
        }
        let read: EmailAddress = " User@Example.COM ".parse().unwrap();
        assert_eq!((read.local(), read.domain()), ("User", "example.com"));
        assert_eq!(read.folded(), "user@example.com");
    }

    #[test]
    fn what_could_end_a_header_or_a_command_is_no_address() {
        for wrong in [
            "",
            "user",
            "@example.com",
            "user@",
            "user@example",
            "user@.com",
            "a b@example.com",
            "a\r\n@example.com",
            "a@b@example.com",
            "a..b@example.com",
            "a@example.com>\r\nRCPT TO:<x@y.z",
            "\"a b\"@example.com",
            "a@-example.com",
            "zoë@example.com",
        ] {
            assert_eq!(
                wrong.parse::<EmailAddress>(),
                Err(NotAnAddress),
                "{wrong:?}"
            );
        }
        assert!(serde_json::from_str::<EmailAddress>("\"a\\nb@example.com\"").is_err());
    }
}
