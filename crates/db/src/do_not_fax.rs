//! Numbers that must not be faxed: by one tenant, or by anybody.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, TenantId, Timestamp};

use crate::column::{At, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::do_not_fax as list;
use crate::tx::{System, Tx};

/// A number that must not be faxed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = list, check_for_backend(Pg, Sqlite))]
pub struct Entry {
    /// Who must not; `None`: nobody may.
    #[diesel(deserialize_as = OptWord<TenantId>)]
    pub tenant_id: Option<TenantId>,
    /// The number.
    #[diesel(deserialize_as = Word<E164>)]
    pub number: E164,
    /// Why, for people.
    pub reason: String,
    /// Since when.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
}

/// Those of the numbers that the tenant must not fax, by its own list or by the one for everybody, each once; its own
/// reason first.
///
/// # Errors
/// When the query fails.
pub async fn among(tx: &mut Tx, tenant: TenantId, numbers: &[E164]) -> DbResult<Vec<Entry>> {
    let mut found: Vec<Entry> = Vec::new();
    // SQLite takes so many parameters and no more.
    for numbers in numbers.chunks(1000) {
        let numbers = numbers.iter().map(Word);
        let entries: Vec<Entry> = on_either!(tx, conn => {
            list::table
                .filter(list::number.eq_any(numbers))
                .filter(list::tenant_id.is_null().or(list::tenant_id.eq(Word(tenant))))
                .select(Entry::as_select())
                .load(conn)
                .await
        })?;
        found.extend(entries);
    }
    found.sort_by(|a, b| {
        (&a.number, a.tenant_id.is_none()).cmp(&(&b.number, b.tenant_id.is_none()))
    });
    found.dedup_by(|later, earlier| later.number == earlier.number);
    Ok(found)
}

/// Adds a number to the tenant's own list. `false`: it is there already, and keeps its reason.
///
/// # Errors
/// When the query fails.
pub async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    number: &E164,
    reason: &str,
    now: Timestamp,
) -> DbResult<bool> {
    insert(tx, Some(tenant), number, reason, now).await
}

/// Adds a number to the list for everybody. `false`: it is there already, and keeps its reason.
///
/// # Errors
/// When the query fails.
pub async fn add_for_everybody(
    tx: &mut System,
    number: &E164,
    reason: &str,
    now: Timestamp,
) -> DbResult<bool> {
    insert(tx, None, number, reason, now).await
}

async fn insert(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    number: &E164,
    reason: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let whose = tenant.map_or_else(|| "everybody".to_owned(), |tenant| tenant.to_string());
    let added = on_either!(tx, conn => {
        diesel::insert_into(list::table)
            .values((
                list::id.eq(format!("{whose}/{number}")),
                list::tenant_id.eq(Word::opt(tenant)),
                list::number.eq(Word(number)),
                list::reason.eq(reason),
                list::created_at.eq(At(now)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(added == 1)
}

/// Takes a number off the tenant's own list. `false`: it was not on it.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, number: &E164) -> DbResult<bool> {
    let own = list::table
        .filter(list::tenant_id.eq(Word(tenant)))
        .filter(list::number.eq(Word(number)));
    let removed = on_either!(tx, conn => diesel::delete(own).execute(conn).await)?;
    Ok(removed == 1)
}

/// Takes a number off the list for everybody. `false`: it was not on it.
///
/// # Errors
/// When the query fails.
pub async fn remove_for_everybody(tx: &mut System, number: &E164) -> DbResult<bool> {
    let everybodys = list::table
        .filter(list::tenant_id.is_null())
        .filter(list::number.eq(Word(number)));
    let removed = on_either!(tx, conn => diesel::delete(everybodys).execute(conn).await)?;
    Ok(removed == 1)
}

/// The tenant's own list, by number.
///
/// # Errors
/// When the query fails.
pub async fn of_tenant(
    tx: &mut Tx,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<Entry>> {
    Ok(on_either!(tx, conn => {
        list::table
            .filter(list::tenant_id.eq(Word(tenant)))
            .select(Entry::as_select())
            .order(list::number)
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?)
}

/// The list for everybody, by number.
///
/// # Errors
/// When the query fails.
pub async fn for_everybody(tx: &mut System, limit: i64, offset: i64) -> DbResult<Vec<Entry>> {
    Ok(on_either!(tx, conn => {
        list::table
            .filter(list::tenant_id.is_null())
            .select(Entry::as_select())
            .order(list::number)
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?)
}
