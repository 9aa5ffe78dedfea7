//! The address book as CSV.

use faxgate_db::contacts::{self, Contact, Filter};

use super::ContactQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

const PAGE: i64 = 5000;

impl App {
    /// The tenant's contacts as a CSV table, by name, as [`App::import_contacts`] reads it back: all of them, or those that the query
    /// lets through, whatever its range. No cell is a formula to a spreadsheet.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn export_contacts(&self, caller: &Caller, query: &ContactQuery) -> Result<Vec<u8>> {
        let tenant = caller.tenant.id;
        let filter = query.filter();
        let mut names: Vec<String> = Vec::new();
        let mut all: Vec<Contact> = Vec::new();
        let mut tx = self.db.read(tenant).await?;
        let mut place = None;
        loop {
            let some = contacts::behind(&mut tx, tenant, &filter, place.as_ref(), PAGE).await?;
            let Some(last) = some.last() else { break };
            place = Some(last.place());
            all.extend(some);
        }
        tx.commit().await?;
        for name in all.iter().flat_map(|contact| contact.fields.keys()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names.sort_unstable();
        table(&names, &all).map_err(Error::internal)
    }
}

fn table(names: &[String], all: &[Contact]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let known = ["fax_number", "name", "company", "email", "language", "tags"].map(str::to_owned);
    writer.write_record(known.iter().chain(names).map(|name| harmless(name)))?;
    for contact in all {
        let tags = contact.tags.join(";");
        let said = [
            contact.number.as_str(),
            &contact.name,
            &contact.company,
            &contact.email,
            &contact.language,
            &tags,
        ];
        let own = names
            .iter()
            .map(|name| contact.fields.get(name).map_or("", String::as_str));
        writer.write_record(said.into_iter().chain(own).map(harmless))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet takes for a formula: what could be one gets an apostrophe before it. A number with its `+` could not.
#[must_use]
pub(crate) fn harmless(cell: &str) -> String {
    match is_risky(cell) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// Whether a spreadsheet could take a cell for a formula (OWASP, CSV Injection).
pub(super) fn is_risky(cell: &str) -> bool {
    let is_number = cell
        .strip_prefix('+')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    !is_number
        && cell.starts_with([
            '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
        ])
}

impl ContactQuery {
    pub(super) fn filter(&self) -> Filter {
        let search = self.search.as_ref().map(|text| text.trim().to_lowercase());
        let tag = self.tag.as_ref().map(|tag| tag.trim().to_lowercase());
        Filter {
            search: search.filter(|text| !text.is_empty()),
            list: self.list,
            tag: tag.filter(|tag| !tag.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_stay() {
        for (cell, safe) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+13125550101", "+13125550101"),
            ("Ann", "Ann"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), safe);
        }
    }
}
