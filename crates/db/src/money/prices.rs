//! Tenants' own price lists, as text: what they say is read elsewhere.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use super::balance::Balance;
use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{balances, price_lists, tenants};
use crate::tx::Tx;

/// The tenant's own list, if it has one.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<String>> {
    Ok(on_either!(tx, conn => {
        price_lists::table
            .find(Word(tenant))
            .select(price_lists::list)
            .first(conn)
            .await
            .optional()
    })?)
}

/// What a call that is about to begin is charged by: the tenant's own list and its balance, if it has them.
///
/// # Errors
/// When the query fails.
pub async fn terms(tx: &mut Tx, tenant: TenantId) -> DbResult<(Option<String>, Option<Balance>)> {
    let found: Option<(Option<String>, Option<Balance>)> = on_either!(tx, conn => {
        tenants::table
            .left_join(price_lists::table.on(price_lists::tenant_id.eq(tenants::id)))
            .left_join(balances::table.on(balances::tenant_id.eq(tenants::id)))
            .filter(tenants::id.eq(Word(tenant)))
            .select((price_lists::list.nullable(), Option::<Balance>::as_select()))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.unwrap_or_default())
}

/// Gives the tenant a list of its own; `None` takes it away.
///
/// # Errors
/// When the query fails.
pub async fn set(
    tx: &mut Tx,
    tenant: TenantId,
    list: Option<&str>,
    now: Timestamp,
) -> DbResult<()> {
    match list {
        Some(list) => on_either!(tx, conn => {
            diesel::insert_into(price_lists::table)
                .values((
                    price_lists::tenant_id.eq(Word(tenant)),
                    price_lists::list.eq(list),
                    price_lists::updated_at.eq(At(now)),
                ))
                .on_conflict(price_lists::tenant_id)
                .do_update()
                .set((price_lists::list.eq(list), price_lists::updated_at.eq(At(now))))
                .execute(conn)
                .await
        })?,
        None => on_either!(tx, conn => {
            diesel::delete(price_lists::table.find(Word(tenant)))
                .execute(conn)
                .await
        })?,
    };
    Ok(())
}
