//! Recipients that wait for money.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::schema::{balance_waits as waits, queue_items as items};
use crate::shares;
use crate::sql::Sql;
use crate::tx::Tx;

/// At most so many are woken at once; the next money wakes more.
const MOST_WOKEN: i64 = 500;

/// Notes that a recipient waits until so much is available.
///
/// # Errors
/// When the query fails.
pub async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    item: ItemId,
    needs: i64,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(waits::table)
            .values((
                waits::item_id.eq(Word(item)),
                waits::tenant_id.eq(Word(tenant)),
                waits::needs.eq(needs),
                waits::since.eq(At(now)),
            ))
            .on_conflict(waits::item_id)
            .do_update()
            .set(waits::needs.eq(needs))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// A recipient waits no more.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, item: ItemId) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(
            waits::table
                .filter(waits::tenant_id.eq(Word(tenant)))
                .filter(waits::item_id.eq(Word(item))),
        )
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// How many wait, and the least that one of them needs.
///
/// # Errors
/// When the query fails.
pub async fn least(tx: &mut Tx, tenant: TenantId) -> DbResult<(i64, Option<i64>)> {
    let those = Sql::<(BigInt, Nullable<BigInt>)>::new(
        "SELECT count(*), min(w.needs) FROM balance_waits w JOIN queue_items i ON i.id = w.item_id \
         WHERE i.state = 'queued' AND i.waiting_for = 'balance' AND w.tenant_id = ",
    )
    .str(&tenant);
    Ok(on_either!(tx, conn => those.get_result(conn).await)?)
}

/// Wakes those that so much is enough for, the longest waiting first; says how many.
///
/// Whoever is being changed at this moment is passed over: its next look is minutes away at most.
///
/// # Errors
/// When the query fails.
pub async fn wake(
    tx: &mut Tx,
    tenant: TenantId,
    available: i64,
    now: Timestamp,
) -> DbResult<usize> {
    let waiting: Vec<(Word<ItemId>, i64)> = on_either!(tx, conn => {
        waits::table
            .filter(waits::tenant_id.eq(Word(tenant)))
            .filter(waits::needs.le(available))
            .select((waits::item_id, waits::needs))
            .order((waits::since, waits::item_id))
            .limit(MOST_WOKEN)
            .load(conn)
            .await
    })?;
    let mut left = available;
    let mut fits = Vec::new();
    for (item, needs) in waiting {
        if needs <= left {
            left -= needs;
            fits.push(item.0);
        }
    }
    if fits.is_empty() {
        return Ok(0);
    }
    let free = match tx.conn() {
        Conn::Postgres(conn) => {
            let free = Sql::<(Text,)>::new("SELECT id FROM queue_items WHERE id")
                .one_of(&fits)
                .sql(" FOR NO KEY UPDATE SKIP LOCKED");
            let free: Vec<(Word<ItemId>,)> = free.load(conn).await?;
            free.into_iter().map(|(id,)| id.0).collect()
        }
        // Nobody else writes.
        Conn::Sqlite(_) => fits,
    };
    tx.succeeded();
    on_either!(tx, conn => {
        diesel::delete(
            waits::table
                .filter(waits::tenant_id.eq(Word(tenant)))
                .filter(waits::item_id.eq_any(free.iter().map(Word))),
        )
        .execute(conn)
        .await
    })?;
    // What was canceled, or began after all, waits for nothing.
    let woken = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::id.eq_any(free.iter().map(Word)))
                .filter(items::waiting_for.eq(Word(WaitingFor::Balance))),
        )
        .set((
            items::due_at.eq(At(now)),
            items::waiting_for.eq(None::<Word<WaitingFor>>),
        ))
        .execute(conn)
        .await
    })?;
    shares::look_at(tx, tenant, false, now).await?;
    Ok(woken)
}
