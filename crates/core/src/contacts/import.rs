//! Taking in a table of contacts.

use std::collections::HashMap;

use bytes::Bytes;
use faxgate_db::Tx;
use faxgate_db::contacts::{self, Contact, Filter};
use faxgate_types::{ContactId, E164, ListId, TenantId};
use serde_json::json;

use super::{MOST_CONTACTS, MOST_REPORTED, Sheet, no_such_list, too_many};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;

/// So many are written at once.
const CHUNK: usize = 500;
/// So many wrong lines are named when the whole table is refused.
const MOST_NAMED: usize = 100;

/// A table of contacts to take in.
#[derive(Clone, Debug)]
pub struct ImportContacts {
    /// The CSV file.
    pub file: Bytes,
    /// The list that they are put on.
    pub list: Option<ListId>,
    /// Whether one wrong line is enough to take in nothing.
    pub all_or_nothing: bool,
    /// Only say what would happen.
    pub dry_run: bool,
    /// The caller's idempotency key, if there is one.
    pub once: Once<ImportReport>,
}

/// A line of a table that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What came of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Lines with something in them, without the first.
    pub lines: u64,
    /// Contacts that are new.
    pub created: u64,
    /// Contacts that were there: what the table says of them replaced what was said.
    pub updated: u64,
    /// Lines with a number that an earlier line has; what they say counts.
    pub repeated: u64,
    /// Lines that were not taken in.
    pub wrong: u64,
    /// The first thousand of those.
    pub wrong_lines: Vec<WrongLine>,
    /// Whether nothing was written.
    pub dry_run: bool,
}

impl App {
    /// Takes in a table of contacts. A number that is in the address book already changes its contact: what the table says replaces what
    /// was there, what it leaves empty stays, tags come together.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `INVALID_CSV`, `TOO_MANY_LINES`; `NO_SUCH_LIST`; `TOO_MANY_CONTACTS`; with `all_or_nothing`, `WRONG_LINES`, which
    /// names the first hundred. Then nothing was taken in. When the database fails half-way the first part stays; doing it again does
    /// no harm.
    pub async fn import_contacts(
        &self,
        caller: &Caller,
        import: ImportContacts,
    ) -> Result<ImportReport> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move { app.take_contacts(&caller, import).await })
            .await
    }

    async fn take_contacts(&self, caller: &Caller, import: ImportContacts) -> Result<ImportReport> {
        let tenant = caller.tenant.id;
        let (caller_, file, app) = (caller.clone(), import.file.clone(), self.clone());
        // A hundred thousand lines take a while.
        let read = tokio::task::spawn_blocking(move || app.read_contacts(&caller_, &file));
        let (rows, mut report) = read.await.map_err(Error::internal)??;
        report.dry_run = import.dry_run;
        if import.all_or_nothing && report.wrong > 0 && !import.dry_run {
            return Err(wrong_lines(&report));
        }
        // Whether all of it has room is seen before the first is written, and without keeping others from writing.
        let mut foreseen = report.clone();
        let mut tx = self.db.read(tenant).await?;
        if let Some(list) = import.list {
            contacts::find_list(&mut tx, tenant, list)
                .await?
                .ok_or_else(no_such_list)?;
        }
        let there = contacts::count(&mut tx, tenant, &Filter::default()).await?;
        for chunk in rows.chunks(CHUNK) {
            merge(&mut tx, tenant, chunk, &mut foreseen).await?;
        }
        tx.commit().await?;
        if there.saturating_add_unsigned(foreseen.created) > MOST_CONTACTS {
            return Err(too_many());
        }
        let mut tx = self.db.write(tenant).await?;
        if import.dry_run {
            report = foreseen;
        } else {
            for chunk in rows.chunks(CHUNK) {
                let merged = merge(&mut tx, tenant, chunk, &mut report).await?;
                let merged: Vec<Contact> = merged.into_iter().map(|(contact, _)| contact).collect();
                contacts::write_all(&mut tx, tenant, &merged).await?;
                if let Some(list) = import.list {
                    // Those of somebody else who added them a moment earlier keep their ids.
                    let numbers: Vec<E164> =
                        merged.into_iter().map(|contact| contact.number).collect();
                    let kept = contacts::with_numbers(&mut tx, tenant, &numbers).await?;
                    let ids: Vec<ContactId> = kept.into_iter().map(|contact| contact.id).collect();
                    contacts::add_members(&mut tx, tenant, list, &ids, self.now()).await?;
                }
                // Others want to write too.
                tx.commit().await?;
                tx = self.db.write(tenant).await?;
            }
        }
        import.once.complete(&mut tx, &report).await?;
        if !import.dry_run {
            let (created, updated, wrong) = (report.created, report.updated, report.wrong);
            let entry = Entry::new(
                caller,
                "contacts.imported",
                import
                    .list
                    .map_or_else(|| "contacts".to_owned(), |l| l.to_string()),
            );
            let entry =
                entry.details(json!({"created": created, "updated": updated, "wrong": wrong}));
            self.audit(&mut tx, tenant, entry).await?;
        }
        tx.commit().await?;
        tracing::info!(
            tenant = %caller.tenant.slug, created = report.created, updated = report.updated, wrong = report.wrong,
            "took in a table of {} contacts for {}", report.lines, caller.tenant.slug
        );
        Ok(report)
    }

    /// The contacts of a file, each number once, and what there is to say of the others.
    fn read_contacts(&self, caller: &Caller, file: &[u8]) -> Result<(Vec<Contact>, ImportReport)> {
        let table = Sheet::new(file).read()?;
        let mut report = ImportReport {
            lines: (table.rows.len() + table.wrong.len()) as u64,
            ..ImportReport::default()
        };
        let mut wrong = table.wrong;
        let mut rows: Vec<Contact> = Vec::with_capacity(table.rows.len());
        let mut seen: HashMap<E164, usize> = HashMap::new();
        let now = self.now();
        for (line, said) in table.rows {
            match said.check(&caller.tenant, ContactId::generate(&self.ambient), now) {
                Ok(contact) => match seen.get(&contact.number) {
                    Some(at) => {
                        report.repeated += 1;
                        let before = std::mem::replace(&mut rows[*at], contact);
                        let later = rows[*at].clone();
                        rows[*at] = over(before, later);
                    }
                    None => {
                        seen.insert(contact.number.clone(), rows.len());
                        rows.push(contact);
                    }
                },
                Err(problems) => {
                    let all = problems.into_iter().map(|(field, p)| match field {
                        "number" => p,
                        field => format!("{field} {p}"),
                    });
                    wrong.push((line, all.collect::<Vec<_>>().join("; ")));
                }
            }
        }
        wrong.sort_unstable();
        report.wrong = wrong.len() as u64;
        let told = wrong.into_iter().take(MOST_REPORTED);
        report.wrong_lines = told
            .map(|(line, reason)| WrongLine { line, reason })
            .collect();
        Ok((rows, report))
    }
}

/// What each becomes, and whether it is new.
async fn merge(
    tx: &mut Tx,
    tenant: TenantId,
    chunk: &[Contact],
    report: &mut ImportReport,
) -> Result<Vec<(Contact, bool)>> {
    let numbers: Vec<E164> = chunk.iter().map(|contact| contact.number.clone()).collect();
    let there = contacts::with_numbers(tx, tenant, &numbers).await?;
    let mut there: HashMap<E164, Contact> =
        there.into_iter().map(|c| (c.number.clone(), c)).collect();
    let merged = chunk.iter().map(|new| match there.remove(&new.number) {
        Some(before) => {
            report.updated += 1;
            (over(before, new.clone()), false)
        }
        None => {
            report.created += 1;
            (new.clone(), true)
        }
    });
    Ok(merged.collect())
}

/// What the later one says, over what the one before said.
fn over(before: Contact, later: Contact) -> Contact {
    let pick = |before: String, later: String| if later.is_empty() { before } else { later };
    let mut fields = before.fields;
    fields.extend(later.fields);
    fields.truncate_to(super::MOST_FIELDS);
    let mut tags = before.tags;
    tags.extend(later.tags);
    tags.sort_unstable();
    tags.dedup();
    tags.truncate(super::MOST_TAGS);
    Contact {
        id: before.id,
        number: before.number,
        number_raw: later.number_raw,
        name: pick(before.name, later.name),
        company: pick(before.company, later.company),
        email: pick(before.email, later.email),
        language: pick(before.language, later.language),
        fields,
        tags,
        created_at: before.created_at,
        updated_at: later.updated_at,
    }
}

trait Truncate {
    fn truncate_to(&mut self, most: usize);
}

impl Truncate for std::collections::BTreeMap<String, String> {
    fn truncate_to(&mut self, most: usize) {
        while self.len() > most {
            self.pop_last();
        }
    }
}

fn wrong_lines(report: &ImportReport) -> Error {
    let message = match report.wrong {
        1 => "1 line is wrong, so nothing was taken in".to_owned(),
        n => format!("{n} lines are wrong, so nothing was taken in"),
    };
    let error = Error::bad_input("WRONG_LINES", message);
    let named = report.wrong_lines.iter().take(MOST_NAMED);
    named.fold(error, |error, wrong| {
        error.field("lines", format!("line {} {}", wrong.line, wrong.reason))
    })
}
