//! From what is said to the page.

use bytes::Bytes;
use faxgate_imaging::cover::{Cover, Logo, Paper};
use faxgate_types::{TimeZone, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::CoverSaid;
use super::templates::{CoverDesign, Labels};
use crate::app::App;
use crate::error::{Error, Result};

/// A fax's cover as it is written down: what it says, and how it looked when the fax was accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) said: CoverSaid,
    pub(super) design: CoverDesign,
    pub(super) logo: Option<String>,
}

/// What a cover tells of its fax.
#[derive(Clone, Debug)]
pub(crate) struct CoverOf<'a> {
    /// The sending number, as it stands on paper.
    pub(crate) sender: &'a str,
    /// The recipient's number; `None`: there are several.
    pub(crate) recipient: Option<&'a str>,
    /// When the fax was accepted.
    pub(crate) at: Timestamp,
    /// The tenant's clocks.
    pub(crate) zone: TimeZone,
    /// Pages without the cover.
    pub(crate) pages: u32,
}

impl Written {
    /// As it is stored.
    pub(crate) fn read(stored: &str) -> Result<Self> {
        serde_json::from_str(stored).map_err(Error::internal)
    }

    /// To be stored.
    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// What pages with this cover are kept by, beside what the document's are kept by.
    pub(crate) fn key(&self, of: &CoverOf<'_>) -> Result<String> {
        let all = format!(
            "{}\n{}\n{:?}\n{}\n{}\n{}",
            self.json()?,
            of.sender,
            of.recipient,
            of.at,
            of.zone,
            of.pages
        );
        Ok(hex::encode(Sha256::digest(all)))
    }

    fn drawn(&self, of: &CoverOf<'_>, logo: Option<Logo>) -> Vec<u8> {
        let (said, design) = (&self.said, &self.design);
        let labels = &design.labels;
        let mut facts = Vec::new();
        let mut fact = |label: &str, text: &str| facts.push((label.to_owned(), text.to_owned()));
        fact(&labels.to, &said.to.name);
        fact(&labels.from, &said.from.name);
        fact(&labels.company, &said.to.company);
        fact(&labels.company, &said.from.company);
        fact(&labels.fax, of.recipient.unwrap_or_default());
        fact(&labels.fax, of.sender);
        fact(&labels.phone, &said.to.phone);
        fact(&labels.phone, &said.from.phone);
        fact(&labels.email, &said.to.email);
        fact(&labels.email, &said.from.email);
        let date = of.zone.local(of.at).format("%Y-%m-%d %H:%M").to_string();
        fact(&labels.date, &date);
        fact(&labels.pages, &(of.pages + 1).to_string());
        let mut facts = paired(facts);
        facts.extend(said.fields.iter().map(|(l, t)| (l.clone(), t.clone())));
        Cover {
            paper: if design.a4 { Paper::A4 } else { Paper::Letter },
            logo,
            heading: design.heading.clone(),
            address: design.address.clone(),
            title: labels.title.clone(),
            facts,
            subject: (labels.subject.clone(), said.filled(&said.subject)),
            message: said.filled(&said.message),
            note: design.note.clone(),
        }
        .pdf()
    }
}

/// Keeps the ends in their columns: a pair of which one is empty keeps its place with a dash, one that is empty altogether goes.
fn paired(facts: Vec<(String, String)>) -> Vec<(String, String)> {
    let rows = facts
        .chunks(2)
        .filter(|row| row.iter().any(|(_, text)| !text.trim().is_empty()));
    rows.flatten()
        .map(|(label, text)| match text.trim() {
            "" => (label.clone(), "-".to_owned()),
            _ => (label.clone(), text.clone()),
        })
        .collect()
}

impl Default for Labels {
    fn default() -> Self {
        let word = str::to_owned;
        Self {
            title: word("FAX"),
            to: word("To"),
            from: word("From"),
            company: word("Company"),
            fax: word("Fax"),
            phone: word("Phone"),
            email: word("E-mail"),
            date: word("Date"),
            pages: word("Pages"),
            subject: word("Subject"),
        }
    }
}

impl App {
    /// A cover as a PDF.
    pub(crate) async fn cover_pdf(&self, written: &Written, of: &CoverOf<'_>) -> Result<Bytes> {
        let logo = match &written.logo {
            Some(key) => {
                let key = key.parse().map_err(Error::internal)?;
                // A logo that was removed since then is left out: the fax matters more.
                let bytes = self.vault.get(&key).await?;
                bytes.and_then(|bytes| Logo::read(&bytes).ok())
            }
            None => None,
        };
        Ok(written.drawn(of, logo).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_stay_in_their_columns() {
        let fact = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        let facts = vec![
            fact("To", ""),
            fact("From", "Desk"),
            fact("Company", ""),
            fact("Company", " "),
        ];
        assert_eq!(paired(facts), [fact("To", "-"), fact("From", "Desk")]);
    }
}
