//! Lists of contacts.

use diesel::OptionalExtension as _;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{ContactId, ListId, TenantId, Timestamp};

use crate::column::{At, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::Tx;

/// A list of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its id.
    pub id: ListId,
    /// Its name; no two lists of a tenant have the same.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How many contacts are on it.
    pub members: i64,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When its name or description last changed.
    pub updated_at: Timestamp,
}

type Row = (Text, Text, Text, BigInt, UtcTimestamp, UtcTimestamp);
type Found = (Word<ListId>, String, String, i64, At, At);

const COLUMNS: &str = "SELECT l.id, l.name, l.description, \
     (SELECT count(*) FROM contact_list_members m WHERE m.list_id = l.id), l.created_at, l.updated_at \
     FROM contact_lists l WHERE l.tenant_id = ";

fn list((id, name, description, members, created_at, updated_at): Found) -> List {
    List {
        id: id.0,
        name,
        description,
        members,
        created_at: created_at.0,
        updated_at: updated_at.0,
    }
}

/// Adds a list. `false`: the tenant has one of this name.
///
/// # Errors
/// When the query fails.
pub async fn add_list(tx: &mut Tx, tenant: TenantId, list: &List) -> DbResult<bool> {
    let insert = Sql::<()>::new(
        "INSERT INTO contact_lists (id, tenant_id, name, description, created_at, updated_at) VALUES (",
    )
    .str(&list.id)
    .sql(", ")
    .str(&tenant)
    .sql(", ")
    .str(&list.name)
    .sql(", ")
    .str(&list.description)
    .sql(", ")
    .at(list.created_at)
    .sql(", ")
    .at(list.updated_at)
    .sql(") ON CONFLICT (tenant_id, name) DO NOTHING");
    let added = on_either!(tx, conn => insert.execute(conn).await)?;
    Ok(added == 1)
}

/// Changes a list's name and description. `false`: there is none with this id.
///
/// # Errors
/// `is_unique_violation` when another one has the name; then the transaction is over.
pub async fn change_list(tx: &mut Tx, tenant: TenantId, list: &List) -> DbResult<bool> {
    let update = Sql::<()>::new("UPDATE contact_lists SET name = ")
        .str(&list.name)
        .sql(", description = ")
        .str(&list.description)
        .sql(", updated_at = ")
        .at(list.updated_at)
        .sql(" WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND id = ")
        .str(&list.id);
    let changed = on_either!(tx, conn => update.execute(conn).await)?;
    Ok(changed == 1)
}

/// Removes a list; its contacts stay. `false`: there is none with this id.
///
/// # Errors
/// When the query fails.
pub async fn remove_list(tx: &mut Tx, tenant: TenantId, id: ListId) -> DbResult<bool> {
    let delete = Sql::<()>::new("DELETE FROM contact_lists WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND id = ")
        .str(&id);
    let removed = on_either!(tx, conn => delete.execute(conn).await)?;
    Ok(removed == 1)
}

/// The tenant's list with this id.
///
/// # Errors
/// When the query fails.
pub async fn find_list(tx: &mut Tx, tenant: TenantId, id: ListId) -> DbResult<Option<List>> {
    let own = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" AND l.id = ")
        .str(&id);
    let found: Option<Found> = on_either!(tx, conn => own.get_result(conn).await.optional())?;
    Ok(found.map(list))
}

/// The tenant's lists by name, `limit` of them after `offset`, and how many there are in all.
///
/// # Errors
/// When the query fails.
pub async fn lists(
    tx: &mut Tx,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<List>)> {
    let all =
        Sql::<(BigInt,)>::new("SELECT count(*) FROM contact_lists WHERE tenant_id = ").str(&tenant);
    let (total,): (i64,) = on_either!(tx, conn => all.get_result(conn).await)?;
    let page = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" ORDER BY l.name, l.id LIMIT ")
        .int(limit)
        .sql(" OFFSET ")
        .int(offset);
    let rows: Vec<Found> = on_either!(tx, conn => page.load(conn).await)?;
    Ok((total, rows.into_iter().map(list).collect()))
}

/// Puts contacts of the tenant on a list, at most 1,000; those that are on it already, and ids of nobody, change nothing. Says how
/// many are new on it.
///
/// # Errors
/// When the query fails.
pub async fn add_members(
    tx: &mut Tx,
    tenant: TenantId,
    list: ListId,
    contacts: &[ContactId],
    now: Timestamp,
) -> DbResult<usize> {
    if contacts.is_empty() {
        return Ok(0);
    }
    let insert = Sql::<()>::new(
        "INSERT INTO contact_list_members (tenant_id, list_id, contact_id, added_at) SELECT c.tenant_id, ",
    )
    .str(&list)
    .sql(", c.id, ")
    .at(now)
    .sql(" FROM contacts c WHERE c.tenant_id = ")
    .str(&tenant)
    .sql(" AND c.id")
    .one_of(contacts)
    .sql(" ON CONFLICT (list_id, contact_id) DO NOTHING");
    Ok(on_either!(tx, conn => insert.execute(conn).await)?)
}

/// Takes a contact off a list. `false`: it was not on it.
///
/// # Errors
/// When the query fails.
pub async fn remove_member(
    tx: &mut Tx,
    tenant: TenantId,
    list: ListId,
    contact: ContactId,
) -> DbResult<bool> {
    let delete = Sql::<()>::new("DELETE FROM contact_list_members WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND list_id = ")
        .str(&list)
        .sql(" AND contact_id = ")
        .str(&contact);
    let removed = on_either!(tx, conn => delete.execute(conn).await)?;
    Ok(removed == 1)
}
