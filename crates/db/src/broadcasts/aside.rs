//! Setting a broadcast's faxes aside, and stopping them.

use std::collections::HashSet;

use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{BroadcastId, FaxId, ItemId, TenantId, Timestamp};

use crate::column::Word;
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::shares;
use crate::sql::Sql;
use crate::tx::Tx;

/// As `queue_items_of_broadcast` has it.
const OPEN: &str = " AND broadcast_id IS NOT NULL AND state IN ('preparing', 'queued', 'claimed', 'active', 'held')";

/// A fax that was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The fax.
    pub fax: FaxId,
    /// Whether it is canceled already; otherwise its call is being ended.
    pub canceled: bool,
    /// Whether it has been called before, so that money may be held for a call of which nobody knows the end.
    pub was_called: bool,
}

/// Sets all open items of a broadcast aside, or lets them go on; says how many. No claim sees what is set aside.
///
/// # Errors
/// When the query fails.
pub async fn set_paused(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    paused: bool,
    now: Timestamp,
) -> DbResult<usize> {
    // One after the other by id, as everybody takes them who takes several.
    if let Conn::Postgres(conn) = tx.conn() {
        let lock = Sql::<(Text,)>::new("SELECT id FROM queue_items WHERE broadcast_id = ")
            .str(&broadcast)
            .sql(OPEN)
            .sql(" ORDER BY id FOR NO KEY UPDATE");
        let _: Vec<(Word<ItemId>,)> = lock.load(conn).await?;
    }
    tx.succeeded();
    let update = Sql::<()>::new("UPDATE queue_items SET paused = ")
        .flag(paused)
        .sql(" WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND broadcast_id = ")
        .str(&broadcast)
        .sql(OPEN);
    let changed = on_either!(tx, conn => update.execute(conn).await)?;
    if !paused {
        for simulated in [false, true] {
            shares::look_at(tx, tenant, simulated, now).await?;
        }
    }
    Ok(changed)
}

/// Stops up to `limit` of a broadcast's faxes: those that wait are canceled at once, those on the line are asked to end.
///
/// # Errors
/// When the query fails.
pub async fn stop_some(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    limit: i64,
    now: Timestamp,
) -> DbResult<Vec<Stopped>> {
    let some = Sql::<(Text, Integer)>::new(
        "SELECT fax_id, attempts FROM queue_items WHERE broadcast_id = ",
    )
    .str(&broadcast)
    .sql(OPEN)
    .sql(" AND NOT cancel_requested ORDER BY id LIMIT ")
    .int(limit);
    let mut some: Vec<(Word<FaxId>, i32)> = on_either!(tx, conn => some.load(conn).await)?;
    if some.is_empty() {
        return Ok(Vec::new());
    }
    some.sort_unstable_by_key(|(fax, _)| fax.0);
    let faxes: Vec<FaxId> = some.iter().map(|(fax, _)| fax.0).collect();
    // The faxes first, as everybody who changes their items does.
    if let Conn::Postgres(conn) = tx.conn() {
        let lock = Sql::<(Text,)>::new("SELECT id FROM faxes WHERE id")
            .one_of(&faxes)
            .sql(" ORDER BY id FOR NO KEY UPDATE");
        let _: Vec<(Word<FaxId>,)> = lock.load(conn).await?;
        let lock = Sql::<(Text,)>::new("SELECT id FROM queue_items WHERE tenant_id = ")
            .str(&tenant)
            .sql(" AND fax_id")
            .one_of(&faxes)
            .sql(" ORDER BY id FOR NO KEY UPDATE");
        let _: Vec<(Word<ItemId>,)> = lock.load(conn).await?;
    }
    tx.succeeded();
    let request = Sql::<()>::new("UPDATE queue_items SET cancel_requested = ")
        .flag(true)
        .sql(", updated_at = ")
        .at(now)
        .sql(" WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND fax_id")
        .one_of(&faxes)
        .sql(OPEN);
    on_either!(tx, conn => request.execute(conn).await)?;
    let cancel = Sql::<(Text,)>::new(
        "UPDATE queue_items SET state = 'canceled', fence = fence + 1, processed_at = ",
    )
    .at(now)
    .sql(", updated_at = ")
    .at(now)
    .sql(" WHERE state IN ('preparing', 'queued', 'held') AND tenant_id = ")
    .str(&tenant)
    .sql(" AND fax_id")
    .one_of(&faxes)
    .sql(" RETURNING fax_id");
    let canceled: Vec<(Word<FaxId>,)> = on_either!(tx, conn => cancel.load(conn).await)?;
    let canceled: Vec<FaxId> = canceled.into_iter().map(|(fax,)| fax.0).collect();
    if !canceled.is_empty() {
        let faxes = Sql::<()>::new("UPDATE faxes SET status = 'canceled', updated_at = ")
            .at(now)
            .sql(" WHERE tenant_id = ")
            .str(&tenant)
            .sql(" AND id")
            .one_of(&canceled);
        on_either!(tx, conn => faxes.execute(conn).await)?;
    }
    let canceled: HashSet<FaxId> = canceled.into_iter().collect();
    let stopped = some.into_iter().map(|(fax, attempts)| Stopped {
        fax: fax.0,
        canceled: canceled.contains(&fax.0),
        was_called: attempts > 0,
    });
    Ok(stopped.collect())
}

/// Whether the items of a fax are set aside with their broadcast.
///
/// # Errors
/// When the query fails.
pub async fn is_paused(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<bool> {
    let paused =
        Sql::<(BigInt,)>::new("SELECT count(*) FROM queue_items WHERE paused AND tenant_id = ")
            .str(&tenant)
            .sql(" AND fax_id = ")
            .str(&fax);
    let (count,): (i64,) = on_either!(tx, conn => paused.get_result(conn).await)?;
    Ok(count > 0)
}

/// Whether a fax is one of a broadcast's.
///
/// # Errors
/// When the query fails.
pub async fn has_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<bool> {
    let its = Sql::<(BigInt,)>::new(
        "SELECT count(*) FROM faxes WHERE broadcast_id IS NOT NULL AND tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND id = ")
    .str(&fax);
    let (count,): (i64,) = on_either!(tx, conn => its.get_result(conn).await)?;
    Ok(count > 0)
}

/// Faxes that somebody decides about are no matter of the broadcast any more: it is being removed.
pub(super) async fn let_go(tx: &mut Tx, tenant: TenantId, broadcast: BroadcastId) -> DbResult<()> {
    let update = Sql::<()>::new("UPDATE queue_items SET broadcast_id = NULL WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND broadcast_id = ")
        .str(&broadcast)
        .sql(OPEN);
    on_either!(tx, conn => update.execute(conn).await)?;
    Ok(())
}
