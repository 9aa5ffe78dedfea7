//! `[bootstrap]`

use faxgate_types::{Country, E164};
use secrecy::SecretString;

use crate::section::{Check, Keys as _, Section, section};

section! {
    /// `[bootstrap]` as it is written: numbers are read once the country is known.
    pub(crate) struct BootstrapTable {
        pub(crate) username: Option<String>,
        pub(crate) password: Option<SecretString>,
        pub(crate) tenant: String,
        pub(crate) dids: Vec<String>,
        pub(crate) country: Country,
    }
}

/// `[bootstrap]`: the first user, tenant and numbers, made at the first start.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The first user, operator and administrator of the tenant. `None`: nothing is made.
    pub username: Option<String>,
    /// That user's password; set whenever `username` is.
    pub password: Option<SecretString>,
    /// Slug of the first tenant.
    pub tenant: String,
    /// Numbers of the first tenant.
    pub dids: Vec<E164>,
    /// Country of the first tenant; national numbers are read in it.
    pub country: Country,
}

impl Bootstrap {
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let table = BootstrapTable::read(section)?;
        table.check(section);
        let mut dids = Vec::new();
        for text in &table.dids {
            match E164::read(text, table.country) {
                Ok(number) if !dids.contains(&number) => dids.push(number),
                Ok(_) => {}
                Err(error) => section.refuse("dids", format!("{text:?}: {error}")),
            }
        }
        Some(Self {
            username: table.username,
            password: table.password,
            tenant: table.tenant,
            dids,
            country: table.country,
        })
    }
}

impl Check for BootstrapTable {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.password.is_some() || self.username.is_none(),
            "password",
            "is needed with bootstrap.username",
        );
        section.require(
            self.username.is_some() || self.password.is_none(),
            "username",
            "is needed with bootstrap.password",
        );
        section.require(
            self.username.is_some() || self.dids.is_empty(),
            "username",
            "is needed with bootstrap.dids",
        );
        section.require(
            self.tenant.len() <= 63
                && self
                    .tenant
                    .starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && self
                    .tenant
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "tenant",
            "is a slug: 1 to 63 of the signs a-z 0-9 - beginning with a letter or digit",
        );
    }
}
