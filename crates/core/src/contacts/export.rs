//! The address book as CSV.

use std::collections::BTreeSet;

use faxgate_db::contacts::{self, Contact, Filter};

use super::ContactQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

const PAGE: i64 = 1000;
/// Fields that different contacts may have, to stand in one table.
const MOST_COLUMNS: usize = 1000;
/// Bytes of a table.
const LARGEST: usize = 64 * 1024 * 1024;

impl App {
    /// The tenant's contacts as a CSV table, by name, as [`App::import_contacts`] reads it back: all of them, or those that the query
    /// lets through, whatever its range. No cell is a formula to a spreadsheet.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn export_contacts(&self, caller: &Caller, query: &ContactQuery) -> Result<Vec<u8>> {
        let tenant = caller.tenant.id;
        let filter = query.filter();
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut tx = self.db.read(tenant).await?;
        let mut place = None;
        loop {
            let some = contacts::behind(&mut tx, tenant, &filter, place.as_ref(), PAGE).await?;
            let Some(last) = some.last() else { break };
            place = Some(last.place());
            for name in some
                .into_iter()
                .flat_map(|contact| contact.fields.into_keys())
            {
                names.insert(name);
            }
            if names.len() > MOST_COLUMNS {
                return Err(too_large("have too many different fields for one table"));
            }
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut table = Vec::new();
        write(&mut table, head(&names)).map_err(Error::internal)?;
        place = None;
        loop {
            let some = contacts::behind(&mut tx, tenant, &filter, place.as_ref(), PAGE).await?;
            let Some(last) = some.last() else { break };
            place = Some(last.place());
            for contact in &some {
                write(&mut table, line(contact, &names)).map_err(Error::internal)?;
            }
            if table.len() > LARGEST {
                return Err(too_large("are more than one table may have"));
            }
        }
        tx.commit().await?;
        Ok(table)
    }
}

fn too_large(problem: &str) -> Error {
    Error::bad_input(
        "EXPORT_TOO_LARGE",
        format!("these contacts {problem}; narrow them down by list, tag or q"),
    )
}

fn head(names: &[String]) -> impl Iterator<Item = String> {
    let known = ["fax_number", "name", "company", "email", "language", "tags"].map(str::to_owned);
    known
        .into_iter()
        .chain(names.iter().map(|name| harmless(name)))
}

fn line(contact: &Contact, names: &[String]) -> impl Iterator<Item = String> {
    let tags = contact.tags.join(";");
    let said = [
        contact.number.as_str(),
        &contact.name,
        &contact.company,
        &contact.email,
        &contact.language,
        &tags,
    ]
    .map(harmless);
    let own = |name: &String| harmless(contact.fields.get(name).map_or("", String::as_str));
    said.into_iter().chain(names.iter().map(own))
}

fn write(table: &mut Vec<u8>, cells: impl Iterator<Item = String>) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(table);
    writer.write_record(cells)?;
    Ok(writer.flush()?)
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
