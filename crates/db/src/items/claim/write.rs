//! What a claim changes of items.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, Timestamp};

use super::Claim;
use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::items::{Item, WaitingFor};
use crate::schema::queue_items as items;
use crate::sql::Sql;
use crate::tx::Tx;

/// Only one claim runs at a time.
pub(super) async fn be_alone(tx: &mut Tx, simulated: bool) -> DbResult<()> {
    if let Conn::Postgres(conn) = tx.conn() {
        use diesel_async::SimpleAsyncConnection as _;
        // Nothing is dialled before an intent is on disk, and with it every claim before it. Planning the best of each tenant
        // takes longer than reading it, and whatever is bound, there is one good plan.
        let lock = format!(
            "SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_generic_plan; SELECT pg_advisory_xact_lock({CLAIMS}, {})",
            i32::from(simulated)
        );
        conn.batch_execute(&lock).await?;
    }
    // A writing transaction on SQLite is alone anyway.
    tx.succeeded();
    Ok(())
}

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
const CLAIMS: i32 = 0x0fa_c1a1;

/// Locks those of the items that still wait and that nobody is about to change: whoever cancels a fax changes all its items
/// in any order, and would wait for us while we wait for them.
pub(super) async fn hold(tx: &mut Tx, ids: &[ItemId]) -> DbResult<Vec<ItemId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let held = match tx.conn() {
        Conn::Postgres(conn) => {
            let waiting = Sql::<(Text,)>::new(
                "SELECT id FROM queue_items WHERE state = 'queued' AND NOT paused AND id",
            )
            .one_of(ids)
            .sql(" FOR NO KEY UPDATE SKIP LOCKED");
            let held: Vec<(Word<ItemId>,)> = waiting.load(conn).await?;
            held.into_iter().map(|(id,)| id.0).collect()
        }
        // Nobody else writes.
        Conn::Sqlite(_) => ids.to_vec(),
    };
    tx.succeeded();
    Ok(held)
}

/// Parks items that are held, or lets them back into the queue.
pub(super) async fn park(tx: &mut Tx, held: &[ItemId], parked: bool) -> DbResult<()> {
    if held.is_empty() {
        return Ok(());
    }
    on_either!(tx, conn => {
        diesel::update(items::table.filter(items::id.eq_any(held.iter().map(Word))))
            .set(items::parked.eq(parked))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Puts held items off until a sending window opens.
pub(super) async fn put_off(tx: &mut Tx, held: &[(ItemId, Timestamp)]) -> DbResult<()> {
    let mut by_time: BTreeMap<Timestamp, Vec<Word<ItemId>>> = BTreeMap::new();
    for (item, opens) in held {
        by_time.entry(*opens).or_default().push(Word(*item));
    }
    for (opens, ids) in by_time {
        on_either!(tx, conn => {
            diesel::update(items::table.filter(items::id.eq_any(ids)))
                .set((
                    items::due_at.eq(At(opens)),
                    items::waiting_for.eq(Word(WaitingFor::Window)),
                ))
                .execute(conn)
                .await
        })?;
    }
    Ok(())
}

/// Claims held items, each with what it is charged for.
pub(super) async fn claim(
    tx: &mut Tx,
    claim: &Claim<'_>,
    held: &[(ItemId, i64)],
) -> DbResult<Vec<Item>> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let mut update = Sql::<()>::new("WITH v (id, charge) AS (VALUES ").once();
    let mut comma = "(";
    for (item, charge) in held {
        update = update.sql(comma).str(item).sql(", ").int(*charge);
        comma = "), (";
    }
    let update = update
        .sql(
            ")) UPDATE queue_items SET state = 'claimed', fence = fence + 1, waiting_for = NULL, charge = v.charge, lane = ",
        )
        .str(&claim.lane)
        .sql(", leased_by = ")
        .str(&claim.node)
        .sql(", lease_until = ")
        .at(claim.until)
        .sql(", updated_at = ")
        .at(claim.now)
        .sql(" FROM v WHERE queue_items.id = v.id");
    on_either!(tx, conn => update.execute(conn).await)?;
    let ids: Vec<_> = held.iter().map(|(item, _)| Word(*item)).collect();
    Ok(on_either!(tx, conn => {
        items::table
            .filter(items::id.eq_any(ids))
            .select(Item::as_select())
            .load(conn)
            .await
    })?)
}
