//! Tenants that are to be erased, and what is left to tell of them afterwards.

use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::catalogue::{self, Table};
use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{tenant_erasures as erasures, tenants};
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// It waits for its time, and can be called off.
pub const WAITING: &str = "waiting";
/// Its rows are being removed: there is no way back.
pub const ROWS: &str = "rows";
/// Its files are being removed.
pub const FILES: &str = "files";
/// There is nothing of it left.
pub const DONE: &str = "done";

/// The erasing of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = erasures, check_for_backend(Pg, Sqlite))]
pub struct Erasure {
    /// The tenant's id.
    pub tenant: String,
    /// Its slug.
    pub slug: String,
    /// [`WAITING`], [`ROWS`], [`FILES`] or [`DONE`].
    pub state: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[diesel(deserialize_as = At)]
    pub asked_at: Timestamp,
    /// When it begins.
    #[diesel(deserialize_as = At)]
    pub due_at: Timestamp,
    /// When all was gone.
    #[diesel(deserialize_as = OptAt)]
    pub erased_at: Option<Timestamp>,
    /// How much of what, as JSON.
    pub counts: String,
}

/// Writes down that a tenant is to be erased. `false`: it is already.
///
/// # Errors
/// When the query fails.
pub async fn ask(tx: &mut System, new: &Erasure) -> DbResult<bool> {
    let added = on_either!(tx, conn => {
        diesel::insert_into(erasures::table)
            .values((
                erasures::tenant.eq(&new.tenant),
                erasures::slug.eq(&new.slug),
                erasures::state.eq(&new.state),
                erasures::asked_by.eq(&new.asked_by),
                erasures::asked_at.eq(At(new.asked_at)),
                erasures::due_at.eq(At(new.due_at)),
                erasures::counts.eq(&new.counts),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(added == 1)
}

/// How the erasing of a tenant stands.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, tenant: TenantId) -> DbResult<Option<Erasure>> {
    Ok(on_either!(tx, conn => {
        erasures::table
            .find(tenant.to_string())
            .select(Erasure::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Writes state, counts and end down.
///
/// # Errors
/// When the query fails.
pub async fn update(tx: &mut System, erasure: &Erasure) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(erasures::table.find(&erasure.tenant))
            .set((
                erasures::state.eq(&erasure.state),
                erasures::counts.eq(&erasure.counts),
                erasures::erased_at.eq(erasure.erased_at.map(At)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Calls it off. `false`: it has begun, or nobody asked for it.
///
/// # Errors
/// When the query fails.
pub async fn call_off(tx: &mut System, tenant: TenantId) -> DbResult<bool> {
    let gone = on_either!(tx, conn => {
        diesel::delete(
            erasures::table
                .filter(erasures::tenant.eq(tenant.to_string()))
                .filter(erasures::state.eq(WAITING)),
        )
        .execute(conn)
        .await
    })?;
    Ok(gone == 1)
}

/// Calls of the tenant that are claimed or on the line.
///
/// # Errors
/// When the query fails.
pub async fn open_calls(tx: &mut Tx, tenant: TenantId) -> DbResult<i64> {
    let open = Sql::<(BigInt,)>::new(
        "SELECT count(*) FROM queue_items WHERE state IN ('claimed', 'active') AND tenant_id = ",
    )
    .str(&tenant);
    let (open,): (i64,) = on_either!(tx, conn => open.get_result(conn).await)?;
    Ok(open)
}

/// How many rows the tenant has in each table that has some.
///
/// # Errors
/// When the query fails.
pub async fn counts(tx: &mut System, tenant: TenantId) -> DbResult<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for table in catalogue::tables(tx).await? {
        let Some(whose) = table.whose() else { continue };
        let rows = catalogue::count(tx, &table, whose, tenant).await?;
        if rows > 0 {
            counts.insert(table.name, rows);
        }
    }
    Ok(counts)
}

/// Removes some of the tenant's faxes with all that is known of them; says how many, and which files came in for them that nothing
/// names any more. None: there are no more.
///
/// # Errors
/// When the query fails.
pub async fn some_faxes(
    tx: &mut System,
    tenant: TenantId,
    limit: i64,
) -> DbResult<(usize, Vec<String>)> {
    let some = Sql::<(Text,)>::new("SELECT id FROM faxes WHERE tenant_id = ")
        .str(&tenant)
        .sql(" ORDER BY created_at, id LIMIT ")
        .int(limit);
    let ids: Vec<(String,)> = on_either!(tx, conn => some.load(conn).await)?;
    let ids: Vec<String> = ids.into_iter().map(|(id,)| id).collect();
    if ids.is_empty() {
        return Ok((0, Vec::new()));
    }
    for delete in [
        Sql::<()>::new(
            "DELETE FROM call_records WHERE call_uuid IN (SELECT call_uuid FROM attempts WHERE fax_id",
        ),
        Sql::<()>::new(
            "DELETE FROM carrier_events WHERE attempt_id IN (SELECT id FROM attempts WHERE fax_id",
        ),
    ] {
        let delete = delete.one_of(&ids).sql(")");
        on_either!(tx, conn => delete.execute(conn).await)?;
    }
    let came = Sql::<(Nullable<Text>,)>::new("DELETE FROM receptions WHERE fax_id")
        .one_of(&ids)
        .sql(" RETURNING file_key");
    let came: Vec<(Option<String>,)> = on_either!(tx, conn => came.load(conn).await)?;
    let delete = Sql::<()>::new("DELETE FROM faxes WHERE id").one_of(&ids);
    let gone = on_either!(tx, conn => delete.execute(conn).await)?;
    Ok((gone, came.into_iter().filter_map(|(key,)| key).collect()))
}

/// Removes the tenant with all rows that are left of it, its people who belong to no other tenant (operators stay), and its audit chain;
/// says which files came in for it that nothing names any more.
///
/// # Errors
/// When the query fails.
pub async fn the_rest(tx: &mut System, tenant: TenantId) -> DbResult<Vec<String>> {
    let came = Sql::<(Nullable<Text>,)>::new("DELETE FROM receptions WHERE tenant_id = ")
        .str(&tenant)
        .sql(" RETURNING file_key");
    let came: Vec<(Option<String>,)> = on_either!(tx, conn => came.load(conn).await)?;
    let jobs = Sql::<()>::new("DELETE FROM jobs WHERE state <> 'running' AND subject LIKE ")
        .str(&format!("{tenant}/%"));
    on_either!(tx, conn => jobs.execute(conn).await)?;
    let only_here = Sql::<(Text,)>::new("SELECT m.user_id FROM memberships m WHERE m.role <> 'operator' AND m.tenant_id = ")
        .str(&tenant)
        .sql(" AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.user_id = m.user_id AND o.tenant_id <> m.tenant_id)");
    let people: Vec<(String,)> = on_either!(tx, conn => only_here.load(conn).await)?;
    on_either!(tx, conn => {
        diesel::delete(tenants::table.find(Word(tenant))).execute(conn).await
    })?;
    for (person,) in people {
        // What they did elsewhere, as members that they were once, keeps their name.
        let gone = Sql::<()>::new("DELETE FROM users WHERE id = ")
            .str(&person)
            .sql(" AND NOT EXISTS (SELECT 1 FROM faxes f WHERE f.user_id = users.id)")
            .sql(" AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.user_id = users.id)")
            .sql(" AND NOT EXISTS (SELECT 1 FROM number_orders n WHERE n.user_id = users.id)");
        on_either!(tx, conn => gone.execute(conn).await)?;
    }
    crate::audit::remove(tx, tenant).await?;
    Ok(came.into_iter().filter_map(|(key,)| key).collect())
}

/// Tables with something of the tenant's in them; for whoever has to prove that there are none.
///
/// # Errors
/// When the query fails.
pub async fn left(tx: &mut System, tenant: TenantId) -> DbResult<Vec<Table>> {
    let mut left = Vec::new();
    for table in catalogue::tables(tx).await? {
        if let Some(whose) = table.whose()
            && catalogue::count(tx, &table, whose, tenant).await? > 0
        {
            left.push(table);
        }
    }
    Ok(left)
}
