//! What a tenant chooses about its mail.

use std::collections::BTreeMap;

use faxgate_mail::Colour;
use faxgate_types::{E164, EmailAddress};
use serde::{Deserialize, Serialize};

/// How a notice carries the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carry {
    /// As a PDF, up to the bound; larger ones as a link.
    Attach,
    /// As a link that is signed and expires.
    #[default]
    Link,
    /// Not at all.
    None,
}

/// How mail looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    /// The name that readers know; `None`: the tenant's.
    pub name: Option<String>,
    /// The name beside the sender's address; `None`: the same.
    pub from_name: Option<String>,
    /// Where answers go; `None`: to the gateway's address.
    pub reply_to: Option<EmailAddress>,
    /// The colour of the line above the page.
    pub colour: Colour,
    /// A picture at `https://…`, shown in place of the name.
    pub logo_url: Option<String>,
    /// Beneath everything.
    pub footer: Option<String>,
}

/// Who is told how faxes ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// These, of every fax.
    pub to: Vec<EmailAddress>,
    /// Whether they are told of faxes that were sent.
    pub sent: bool,
    /// Whether they are told of faxes that failed.
    pub failed: bool,
    /// Whether they are told of faxes of which nobody knows whether they arrived.
    pub unknown: bool,
    /// How the document comes along.
    pub document: Carry,
}

impl Default for Results {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            sent: true,
            failed: true,
            unknown: true,
            document: Carry::None,
        }
    }
}

/// Who is told of faxes that came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inbound {
    /// These, of every fax.
    pub to: Vec<EmailAddress>,
    /// These, of faxes to one number.
    #[serde(with = "by_number")]
    pub by_number: BTreeMap<E164, Vec<EmailAddress>>,
    /// How the document comes along.
    pub document: Carry,
}

/// Who is told of limits, money, and webhook endpoints that are switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// These; nobody named: those of [`Results`], or else those of [`Inbound`].
    pub to: Vec<EmailAddress>,
}

/// What a tenant chooses about its mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailChoices {
    /// How mail looks.
    pub branding: Branding,
    /// Who is told how faxes ended.
    pub results: Results,
    /// Who is told of faxes that came in.
    pub inbound: Inbound,
    /// Who is told of limits, money, and webhook endpoints that are switched off.
    pub alerts: Alerts,
    /// Whether mail to fax is taken.
    pub intake: bool,
}

/// Numbers as keys of a JSON object.
mod by_number {
    use std::collections::BTreeMap;

    use faxgate_types::{E164, EmailAddress};
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    type Addresses = Vec<EmailAddress>;

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<E164, Addresses>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(map.iter().map(|(number, list)| (number.as_str(), list)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<E164, Addresses>, D::Error> {
        let map = BTreeMap::<String, Addresses>::deserialize(from)?;
        let read = |(number, list): (String, Addresses)| {
            let number = number.parse().map_err(D::Error::custom)?;
            Ok((number, list))
        };
        map.into_iter().map(read).collect()
    }
}
