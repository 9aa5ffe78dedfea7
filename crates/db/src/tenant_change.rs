//! Changing a tenant.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::tenants;
use crate::shares;
use crate::sql::Sql;
use crate::tenants::Tenant;
use crate::tx::System;

/// The tenant with this slug, locked until the transaction ends, so that of two who change it none overlooks the other's
/// change.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut System, slug: &str) -> DbResult<Option<Tenant>> {
    let named = tenants::table.filter(tenants::slug.eq(slug));
    let found = match tx.conn() {
        Conn::Postgres(conn) => named
            .select(Tenant::as_select())
            .for_no_key_update()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => named
            .select(Tenant::as_select())
            .first(conn)
            .await
            .optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// Writes the tenant's name, clocks and allowed countries.
///
/// # Errors
/// When the query fails.
pub async fn update(tx: &mut System, tenant: &Tenant) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant.id)))
            .set((
                tenants::name.eq(&tenant.name),
                tenants::country.eq(Word(tenant.country)),
                tenants::time_zone.eq(Word(tenant.time_zone)),
                tenants::allowed_countries.eq(Word(tenant.allowed_countries.clone())),
                tenants::rate_limits.eq(Word(tenant.rate_limits.clone())),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Writes whether, and why, the tenant is suspended, and has the next claim look at it.
///
/// # Errors
/// When the query fails.
pub async fn suspend(tx: &mut System, tenant: &Tenant, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant.id)))
            .set((
                tenants::suspended_at.eq(tenant.suspended_at.map(At)),
                tenants::suspended_because.eq(&tenant.suspended_because),
            ))
            .execute(conn)
            .await
    })?;
    for simulated in [false, true] {
        shares::look_at(tx, tenant.id, simulated, now).await?;
    }
    Ok(())
}

/// Makes the tenant's items that wait for a sending window due at once, or when their sender wants them sent, so that a claim
/// holds them against the windows as they are; says how many. In a transaction that has not locked the tenant: whoever changes items locks them first.
///
/// # Errors
/// When the query fails.
pub async fn look_at_windows(tx: &mut System, tenant: TenantId, now: Timestamp) -> DbResult<usize> {
    let update = Sql::<()>::new("UPDATE queue_items SET due_at = coalesce((SELECT f.send_at FROM faxes f")
        .sql(" WHERE f.id = queue_items.fax_id AND f.send_at > ")
        .at(now)
        .sql("), ")
        .at(now)
        .sql("), waiting_for = (SELECT 'schedule' FROM faxes f WHERE f.id = queue_items.fax_id AND f.send_at > ")
        .at(now)
        .sql(") WHERE state = 'queued' AND waiting_for = 'window' AND tenant_id = ")
        .str(&tenant);
    let waiting = on_either!(tx, conn => update.execute(conn).await)?;
    for simulated in [false, true] {
        shares::look_at(tx, tenant, simulated, now).await?;
    }
    Ok(waiting)
}
