//! Calls that change hands because a node stops, or because their line is gone.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use faxgate_types::{AttemptPhase, ItemId, ItemState, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::Item;
use crate::schema::{attempts, queue_items as items};
use crate::sql::OPEN;
use crate::tx::System;

/// Ends this node's leases of these items as of `ended`, so that others may take them over at once. Says how many.
///
/// Others compare it with their own clocks: it has to lie further back than clocks may differ.
///
/// # Errors
/// When the query fails.
pub async fn release(
    tx: &mut System,
    node: &str,
    held: &[ItemId],
    ended: Timestamp,
) -> DbResult<usize> {
    let mut released = 0;
    // SQLite takes so many parameters and no more.
    for held in held.chunks(1000) {
        let ids: Vec<_> = held.iter().copied().map(Word).collect();
        released += on_either!(tx, conn => {
            let own = items::table
                .filter(items::id.eq_any(ids))
                .filter(items::leased_by.eq(node))
                .filter(items::state.eq(Word(ItemState::Active)));
            diesel::update(own)
                .set(items::lease_until.eq(At(ended)))
                .execute(conn)
                .await
        })?;
    }
    Ok(released)
}

/// Which calls nobody can be asked about any more.
#[derive(Clone, Copy, Debug)]
pub struct Abandoned<'a> {
    /// The node that ends them.
    pub node: &'a str,
    /// The lines that some node has: their calls are not abandoned.
    pub lanes: &'a [&'a str],
    /// Only calls that must have ended before this moment.
    pub overdue_before: Timestamp,
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
}

/// Takes over open calls on lines that no node has, each under a new fence.
///
/// # Errors
/// When the query fails.
pub async fn abandoned(tx: &mut System, who: Abandoned<'_>) -> DbResult<Vec<Item>> {
    Ok(on_either!(tx, conn => {
        let open = items::table
            .inner_join(attempts::table.on(attempts::item_id.eq(items::id)))
            .filter(sql::<Bool>(OPEN))
            .filter(items::state.eq(Word(ItemState::Active)))
            .filter(attempts::phase.ne(Word(AttemptPhase::Settled)))
            .filter(attempts::lane.ne_all(who.lanes))
            .filter(attempts::overdue_at.lt(At(who.overdue_before)))
            .select(items::id);
        let mut ids: Vec<Word<ItemId>> = open.load(conn).await?;
        // Everybody takes them in one order, so that two who do so at once do not wait for each other.
        ids.sort_unstable_by_key(|id| id.0);
        let mut taken = Vec::new();
        for id in ids {
            let lapsed = items::table
                .filter(items::id.eq(id))
                .filter(items::state.eq(Word(ItemState::Active)))
                .filter(items::lease_until.lt(At(who.now)));
            let item: Option<Item> = diesel::update(lapsed)
                .set((
                    items::fence.eq(items::fence + 1),
                    items::leased_by.eq(who.node),
                    items::lease_until.eq(At(who.until)),
                ))
                .returning(Item::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            taken.extend(item);
        }
        diesel::QueryResult::Ok(taken)
    })?)
}
