//! The address book: one contact a number and tenant.

mod lists;

use std::collections::BTreeMap;

use diesel::OptionalExtension as _;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{ContactId, E164, ListId, TenantId, Timestamp};

use crate::column::{At, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::{DbError, DbResult};
use crate::sql::Sql;
use crate::tx::Tx;

pub use lists::{
    List, add_list, add_members, change_list, find_list, lists, remove_list, remove_member,
};

/// An entry of a tenant's address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The fax number; no two contacts of a tenant have the same.
    pub number: E164,
    /// The number, as it was typed.
    pub number_raw: String,
    /// Who; empty where nobody said.
    pub name: String,
    /// Of which company; may be empty.
    pub company: String,
    /// Their e-mail address; may be empty.
    pub email: String,
    /// Their language, as a tag of BCP 47; may be empty.
    pub language: String,
    /// The tenant's own fields.
    pub fields: BTreeMap<String, String>,
    /// Words to find them by, in lower case, without commas.
    pub tags: Vec<String>,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Which contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those with this in their name, company, number or e-mail address; in lower case.
    pub search: Option<String>,
    /// Only members of this list.
    pub list: Option<ListId>,
    /// Only those with this tag.
    pub tag: Option<String>,
}

/// A place in a list of contacts: behind this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind(String, ContactId);

type Row = (
    (Text, Text, Text, Text, Text),
    (Text, Text, Text, Text),
    (UtcTimestamp, UtcTimestamp),
);
type Found = (
    (Word<ContactId>, Word<E164>, String, String, String),
    (String, String, String, String),
    (At, At),
);

const COLUMNS: &str = "SELECT c.id, c.number, c.number_raw, c.name, c.company, c.email, c.language, c.fields, c.tags, \
     c.created_at, c.updated_at FROM contacts c WHERE c.tenant_id = ";

impl Contact {
    /// What it is found by.
    fn search(&self) -> String {
        let parts = [&self.name, &self.company, &self.email];
        let mut text = parts.map(String::as_str).join(" ");
        text.push(' ');
        text.push_str(self.number.as_str());
        text.push(' ');
        text.push_str(&self.number_raw);
        text.to_lowercase()
    }

    /// Its place among others.
    #[must_use]
    pub fn place(&self) -> Behind {
        Behind(self.search(), self.id)
    }

    fn tags(&self) -> String {
        match self.tags.is_empty() {
            true => ",".to_owned(),
            false => format!(",{},", self.tags.join(",")),
        }
    }

    fn json(&self) -> String {
        serde_json::Value::from_iter(self.fields.clone()).to_string()
    }
}

fn contact(row: Found) -> Contact {
    let ((id, number, number_raw, name, company), (email, language, fields, tags), times) = row;
    let words = tags.split(',').filter(|tag| !tag.is_empty());
    Contact {
        id: id.0,
        number: number.0,
        number_raw,
        name,
        company,
        email,
        language,
        fields: serde_json::from_str(&fields).unwrap_or_default(),
        tags: words.map(str::to_owned).collect(),
        created_at: times.0.0,
        updated_at: times.1.0,
    }
}

/// Adds a contact. `false`: the tenant has one with this number.
///
/// # Errors
/// When the query fails.
pub async fn add(tx: &mut Tx, tenant: TenantId, contact: &Contact) -> DbResult<bool> {
    let insert = values(tenant, std::slice::from_ref(contact))
        .sql(" ON CONFLICT (tenant_id, number) DO NOTHING");
    let added = on_either!(tx, conn => insert.execute(conn).await)?;
    Ok(added == 1)
}

/// Writes contacts, at most 1,000: new ones are added, those whose number is there take the new values but keep their id and
/// the time since when they are there.
///
/// # Errors
/// When the query fails.
pub async fn write_all(tx: &mut Tx, tenant: TenantId, contacts: &[Contact]) -> DbResult<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let upsert = values(tenant, contacts).sql(
        " ON CONFLICT (tenant_id, number) DO UPDATE SET number_raw = excluded.number_raw, name = excluded.name, \
         company = excluded.company, email = excluded.email, language = excluded.language, fields = excluded.fields, \
         tags = excluded.tags, search = excluded.search, updated_at = excluded.updated_at",
    );
    on_either!(tx, conn => upsert.execute(conn).await)?;
    Ok(())
}

fn values(tenant: TenantId, contacts: &[Contact]) -> Sql {
    let mut insert = Sql::<()>::new(
        "INSERT INTO contacts (id, tenant_id, number, number_raw, name, company, email, language, fields, tags, search, \
         created_at, updated_at) VALUES ",
    )
    .once();
    let mut comma = "(";
    for contact in contacts {
        insert = insert.sql(comma).str(&contact.id).sql(", ").str(&tenant);
        for text in [
            contact.number.as_str(),
            &contact.number_raw,
            &contact.name,
            &contact.company,
            &contact.email,
            &contact.language,
            &contact.json(),
            &contact.tags(),
            &contact.search(),
        ] {
            insert = insert.sql(", ").str(&text);
        }
        insert = insert
            .sql(", ")
            .at(contact.created_at)
            .sql(", ")
            .at(contact.updated_at);
        comma = "), (";
    }
    insert.sql(")")
}

/// Changes a contact. `false`: there is none with this id.
///
/// # Errors
/// `is_unique_violation` when another one has the number; then the transaction is over.
pub async fn change(tx: &mut Tx, tenant: TenantId, contact: &Contact) -> DbResult<bool> {
    let update = Sql::<()>::new("UPDATE contacts SET number = ")
        .str(&contact.number)
        .sql(", number_raw = ")
        .str(&contact.number_raw)
        .sql(", name = ")
        .str(&contact.name)
        .sql(", company = ")
        .str(&contact.company)
        .sql(", email = ")
        .str(&contact.email)
        .sql(", language = ")
        .str(&contact.language)
        .sql(", fields = ")
        .str(&contact.json())
        .sql(", tags = ")
        .str(&contact.tags())
        .sql(", search = ")
        .str(&contact.search())
        .sql(", updated_at = ")
        .at(contact.updated_at)
        .sql(" WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND id = ")
        .str(&contact.id);
    let changed = on_either!(tx, conn => update.execute(conn).await)?;
    Ok(changed == 1)
}

/// Removes a contact, from every list too. `false`: there is none with this id.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: ContactId) -> DbResult<bool> {
    let delete = Sql::<()>::new("DELETE FROM contacts WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND id = ")
        .str(&id);
    let removed = on_either!(tx, conn => delete.execute(conn).await)?;
    Ok(removed == 1)
}

/// The tenant's contact with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ContactId) -> DbResult<Option<Contact>> {
    let own = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" AND c.id = ")
        .str(&id);
    let found: Option<Found> = on_either!(tx, conn => own.get_result(conn).await.optional())?;
    Ok(found.map(contact))
}

/// Those of these ids that are contacts of the tenant.
///
/// # Errors
/// When the query fails.
pub async fn among(tx: &mut Tx, tenant: TenantId, ids: &[ContactId]) -> DbResult<Vec<Contact>> {
    let mut found = Vec::new();
    for ids in ids.chunks(1000) {
        let own = Sql::<Row>::new(COLUMNS)
            .str(&tenant)
            .sql(" AND c.id")
            .one_of(ids);
        let rows: Vec<Found> = on_either!(tx, conn => own.load(conn).await)?;
        found.extend(rows.into_iter().map(contact));
    }
    Ok(found)
}

/// The tenant's contacts with these numbers.
///
/// # Errors
/// When the query fails.
pub async fn with_numbers(
    tx: &mut Tx,
    tenant: TenantId,
    numbers: &[E164],
) -> DbResult<Vec<Contact>> {
    let mut found = Vec::new();
    for numbers in numbers.chunks(1000) {
        let own = Sql::<Row>::new(COLUMNS)
            .str(&tenant)
            .sql(" AND c.number")
            .one_of(numbers);
        let rows: Vec<Found> = on_either!(tx, conn => own.load(conn).await)?;
        found.extend(rows.into_iter().map(contact));
    }
    Ok(found)
}

/// How many contacts the filter lets through.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut Tx, tenant: TenantId, filter: &Filter) -> DbResult<i64> {
    let all =
        Sql::<(BigInt,)>::new("SELECT count(*) FROM contacts c WHERE c.tenant_id = ").str(&tenant);
    let all = filtered(all, filter);
    let (count,): (i64,) = on_either!(tx, conn => all.get_result(conn).await)?;
    Ok(count)
}

/// Contacts by name: `limit` of them after `offset`.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<Contact>> {
    let all = filtered(Sql::<Row>::new(COLUMNS).str(&tenant), filter)
        .sql(" ORDER BY c.search, c.id LIMIT ")
        .int(limit)
        .sql(" OFFSET ")
        .int(offset);
    let rows: Vec<Found> = on_either!(tx, conn => all.load(conn).await)?;
    Ok(rows.into_iter().map(contact).collect())
}

/// Contacts by name: `limit` of them behind a place, for who reads them all.
///
/// # Errors
/// When the query fails.
pub async fn behind(
    tx: &mut Tx,
    tenant: TenantId,
    filter: &Filter,
    place: Option<&Behind>,
    limit: i64,
) -> DbResult<Vec<Contact>> {
    let mut all = filtered(Sql::<Row>::new(COLUMNS).str(&tenant), filter);
    if let Some(Behind(search, id)) = place {
        all = all
            .sql(" AND (c.search, c.id) > (")
            .str(search)
            .sql(", ")
            .str(id)
            .sql(")");
    }
    let all = all.sql(" ORDER BY c.search, c.id LIMIT ").int(limit);
    let rows: Vec<Found> = on_either!(tx, conn => all.load(conn).await)?;
    Ok(rows.into_iter().map(contact).collect())
}

fn filtered<T>(mut all: Sql<T>, filter: &Filter) -> Sql<T> {
    if let Some(search) = &filter.search {
        all = all
            .sql(" AND c.search LIKE ")
            .str(&within(search))
            .sql(" ESCAPE '!'");
    }
    if let Some(tag) = &filter.tag {
        all = all
            .sql(" AND c.tags LIKE ")
            .str(&within(&format!(",{tag},")))
            .sql(" ESCAPE '!'");
    }
    if let Some(list) = &filter.list {
        all = all
            .sql(" AND EXISTS (SELECT 1 FROM contact_list_members m WHERE m.contact_id = c.id AND m.list_id = ")
            .str(list)
            .sql(")");
    }
    all
}

/// A pattern for what has this text somewhere.
fn within(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Whether an error says that another contact has the number.
#[must_use]
pub fn is_taken(error: &DbError) -> bool {
    error.is_unique_violation()
}
