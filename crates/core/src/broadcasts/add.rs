//! Adding recipients.

use std::collections::BTreeMap;

use faxgate_db::broadcasts::{self, NewRecipient};
use faxgate_db::contacts::{self, Contact, Filter};
use faxgate_types::{BroadcastId, ContactId, E164, ListId, RecipientState};
use serde_json::{Map, Value, json};

use super::create::Sheet;
use super::{MOST_RECIPIENTS, locked, not_now};
use crate::app::App;
use crate::auth::Caller;
use crate::contacts::{self as book, MOST_REPORTED, Table, WrongLine};
use crate::error::{Error, Result};
use crate::idempotent::Once;

/// So many are written at once.
const CHUNK: usize = 500;
/// So many wrong numbers or lines are named in an error.
const MOST_NAMED: usize = 100;

/// Who is to get a broadcast.
#[derive(Clone, Debug, Default)]
pub struct SomeRecipient {
    /// Numbers, as they were typed.
    pub numbers: Vec<String>,
    /// Everybody on these lists.
    pub lists: Vec<ListId>,
    /// These contacts.
    pub contacts: Vec<ContactId>,
    /// The lines of a table.
    pub sheet: Option<Sheet>,
}

/// Recipients to add.
#[derive(Clone, Debug, Default)]
pub struct AddRecipients {
    /// Who.
    pub some: SomeRecipient,
    /// The caller's idempotency key, if there is one.
    pub once: Once<AddedRecipients>,
}

/// What came of adding recipients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedRecipients {
    /// Recipients that are new.
    pub added: u64,
    /// Numbers that were there, or came twice.
    pub repeated: u64,
    /// Lines of the table that were not taken in.
    pub wrong: u64,
    /// The first thousand of those.
    pub wrong_lines: Vec<WrongLine>,
    /// Recipients in all.
    pub total: u64,
    /// Whether nothing was written.
    pub dry_run: bool,
}

impl App {
    /// Adds recipients to a broadcast that has not started. A number that is there changes nothing. What the rules say of a number is
    /// asked when its fax is made.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`; `INVALID_NUMBER`, `NO_SUCH_LIST`, `NO_SUCH_CONTACT`; `INVALID_CSV`,
    /// `TOO_MANY_LINES`, with `all_or_nothing` `WRONG_LINES`; `TOO_MANY_RECIPIENTS`. When the database fails half-way, the first part stays;
    /// doing it again does no harm.
    pub async fn add_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        add: AddRecipients,
    ) -> Result<AddedRecipients> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move { app.take_recipients(&caller, id, add).await })
            .await
    }

    pub(super) async fn take_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        add: AddRecipients,
    ) -> Result<AddedRecipients> {
        let tenant = caller.tenant.id;
        let some = add.some;
        let mut report = AddedRecipients {
            dry_run: some.sheet.as_ref().is_some_and(|sheet| sheet.dry_run),
            ..AddedRecipients::default()
        };
        let mut new = numbers(&some.numbers, caller)?;
        if let Some(sheet) = some.sheet {
            let (app, caller, all) = (self.clone(), caller.clone(), sheet.all_or_nothing);
            // A hundred thousand lines take a while.
            let read = tokio::task::spawn_blocking(move || {
                let table = book::Sheet::new(&sheet.file).read()?;
                Ok::<_, Error>(lines(&app, table, &caller))
            });
            let (rows, wrong) = read.await.map_err(Error::internal)??;
            new.extend(rows);
            report.wrong = wrong.len() as u64;
            report.wrong_lines = wrong;
            report.wrong_lines.truncate(MOST_REPORTED);
            if all && report.wrong > 0 && !report.dry_run {
                return Err(wrong_lines(&report));
            }
        }
        let mut seen = std::collections::HashSet::new();
        let before = new.len();
        new.retain(|recipient| seen.insert(recipient.number.clone()));
        report.repeated = (before - new.len()) as u64;
        self.put(caller, id, new, &mut report).await?;
        let mut ids = some.contacts;
        ids.sort_unstable();
        ids.dedup();
        for ids in ids.chunks(CHUNK) {
            let mut tx = self.db.read(tenant).await?;
            let found = contacts::among(&mut tx, tenant, ids).await?;
            tx.commit().await?;
            if found.len() < ids.len() {
                return Err(Error::not_found(
                    "NO_SUCH_CONTACT",
                    "there is no such contact",
                ));
            }
            let new = found.into_iter().map(of_contact).collect();
            self.put(caller, id, new, &mut report).await?;
        }
        for list in some.lists {
            self.put_list(caller, id, list, &mut report).await?;
        }
        let mut tx = self.db.write(tenant).await?;
        let broadcast = locked(&mut tx, tenant, id).await?;
        report.total = u64::try_from(broadcast.counts.total()).unwrap_or(0);
        add.once.complete(&mut tx, &report).await?;
        tx.commit().await?;
        Ok(report)
    }

    async fn put_list(
        &self,
        caller: &Caller,
        id: BroadcastId,
        list: ListId,
        report: &mut AddedRecipients,
    ) -> Result<()> {
        let tenant = caller.tenant.id;
        let mut tx = self.db.read(tenant).await?;
        let found = contacts::find_list(&mut tx, tenant, list).await?;
        tx.commit().await?;
        found.ok_or_else(|| Error::not_found("NO_SUCH_LIST", "there is no such list"))?;
        let filter = Filter {
            list: Some(list),
            ..Filter::default()
        };
        let mut place = None;
        loop {
            let mut tx = self.db.read(tenant).await?;
            let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
            let some = contacts::behind(&mut tx, tenant, &filter, place.as_ref(), limit).await?;
            tx.commit().await?;
            let Some(last) = some.last() else {
                return Ok(());
            };
            place = Some(last.place());
            let new = some.into_iter().map(of_contact).collect();
            self.put(caller, id, new, report).await?;
        }
    }

    /// Writes recipients, none of them twice, chunk by chunk, so that others can write too.
    async fn put(
        &self,
        caller: &Caller,
        id: BroadcastId,
        new: Vec<NewRecipient>,
        report: &mut AddedRecipients,
    ) -> Result<()> {
        let tenant = caller.tenant.id;
        for chunk in new.chunks(CHUNK) {
            let mut tx = self.db.write(tenant).await?;
            let mut broadcast = locked(&mut tx, tenant, id).await?;
            if !broadcast.state.takes_recipients() {
                return Err(not_now(&broadcast, "recipients are added before it starts"));
            }
            let added = broadcasts::add_recipients(&mut tx, tenant, id, chunk).await?;
            let counted = i64::try_from(added).unwrap_or(i64::MAX);
            broadcast.counts.add(RecipientState::Waiting, counted);
            if broadcast.counts.total() > MOST_RECIPIENTS {
                return Err(Error::bad_input(
                    "TOO_MANY_RECIPIENTS",
                    format!("a broadcast may have {MOST_RECIPIENTS} recipients; make several"),
                ));
            }
            report.added += added as u64;
            report.repeated += (chunk.len() - added) as u64;
            if report.dry_run {
                // Nothing of it is committed.
                continue;
            }
            broadcasts::save(&mut tx, &broadcast, self.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Numbers as recipients.
fn numbers(typed: &[String], caller: &Caller) -> Result<Vec<NewRecipient>> {
    let mut new = Vec::with_capacity(typed.len());
    let mut wrong = Vec::new();
    for raw in typed {
        let raw = raw.trim();
        match E164::read(raw, caller.tenant.country) {
            Ok(number) => new.push(NewRecipient {
                number,
                number_raw: raw.to_owned(),
                name: String::new(),
                contact: None,
                cover: "{}".to_owned(),
            }),
            Err(error) => {
                let shown: String = raw.chars().filter(|c| !c.is_control()).take(40).collect();
                wrong.push(format!("{shown}: {error}"));
            }
        }
    }
    let Some(first) = wrong.first() else {
        return Ok(new);
    };
    let error = Error::bad_input(
        "INVALID_NUMBER",
        format!("Invalid recipient number: {first}"),
    );
    let named = wrong.into_iter().take(MOST_NAMED);
    Err(named.fold(error, |error, reason| error.field("numbers", reason)))
}

/// The lines of a table as recipients, and what is wrong with the others.
fn lines(app: &App, table: Table, caller: &Caller) -> (Vec<NewRecipient>, Vec<WrongLine>) {
    let mut wrong = table.wrong;
    let mut new = Vec::with_capacity(table.rows.len());
    for (line, said) in table.rows {
        match said.check(&caller.tenant, ContactId::generate(&app.ambient), app.now()) {
            Ok(contact) => new.push(NewRecipient {
                contact: None,
                ..of_contact(contact)
            }),
            Err(problems) => {
                let all: Vec<_> = problems
                    .into_iter()
                    .map(|(field, problem)| match field {
                        "number" => problem,
                        field => format!("{field} {problem}"),
                    })
                    .collect();
                wrong.push((line, all.join("; ")));
            }
        }
    }
    wrong.sort_unstable();
    let wrong = wrong
        .into_iter()
        .map(|(line, reason)| WrongLine { line, reason });
    (new, wrong.collect())
}

fn of_contact(contact: Contact) -> NewRecipient {
    NewRecipient {
        cover: own_cover(&contact.name, &contact.company, contact.fields),
        number: contact.number,
        number_raw: contact.number_raw,
        name: contact.name,
        contact: Some(contact.id),
    }
}

/// What a recipient's own cover says: who they are, and their fields.
fn own_cover(name: &str, company: &str, fields: BTreeMap<String, String>) -> String {
    let mut to = Map::new();
    for (key, text) in [("name", name), ("company", company)] {
        if !text.is_empty() {
            to.insert(key.to_owned(), Value::from(text));
        }
    }
    let mut cover = Map::new();
    if !to.is_empty() {
        cover.insert("to".to_owned(), Value::Object(to));
    }
    if !fields.is_empty() {
        cover.insert("fields".to_owned(), json!(fields));
    }
    Value::Object(cover).to_string()
}

fn wrong_lines(report: &AddedRecipients) -> Error {
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
