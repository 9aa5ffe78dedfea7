//! Who works on which item: claims, heartbeats, take-overs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, ItemState, Timestamp};

use super::Item;
use crate::column::{At, OptAt, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::tx::{System, Tx};

/// Who claims, and what.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The node that claims.
    pub node: &'a str,
    /// Test faxes, or real ones.
    pub simulated: bool,
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// Claims items that are due, oldest due first, each with a new fence. Nobody else gets them while the lease runs.
///
/// # Errors
/// When the query fails.
pub async fn claim(tx: &mut System, claim: Claim<'_>) -> DbResult<Vec<Item>> {
    let due = items::table
        .filter(items::state.eq(Word(ItemState::Queued)))
        .filter(items::due_at.le(At(claim.now)))
        .filter(items::simulated.eq(claim.simulated))
        .order((items::due_at, items::id))
        .limit(i64::from(claim.limit))
        .select(items::id);
    let ids: Vec<Word<ItemId>> = match tx.conn() {
        // Several nodes claim at once: each skips the rows that another has locked.
        Conn::Postgres(conn) => due.for_update().skip_locked().load(conn).await?,
        // The transaction holds SQLite's one write lock already.
        Conn::Sqlite(conn) => due.load(conn).await?,
    };
    tx.succeeded();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_either!(tx, conn => {
        diesel::update(items::table.filter(items::id.eq_any(ids)))
            .set((
                items::state.eq(Word(ItemState::Claimed)),
                items::fence.eq(items::fence + 1),
                items::leased_by.eq(claim.node),
                items::lease_until.eq(At(claim.until)),
                items::updated_at.eq(At(claim.now)),
            ))
            .returning(Item::as_returning())
            .get_results(conn)
            .await
    })?)
}

/// Takes over items with an open attempt: this node's own from before a restart (`own`), or those whose lease has lapsed.
/// Each gets a new fence, so that whoever had it can change nothing any more.
///
/// # Errors
/// When the query fails.
pub async fn adopt(
    tx: &mut System,
    node: &str,
    own: bool,
    now: Timestamp,
    until: Timestamp,
) -> DbResult<Vec<Item>> {
    Ok(on_either!(tx, conn => {
        let mut open = items::table
            .filter(items::state.eq(Word(ItemState::Active)))
            .select(items::id)
            // Everybody takes them in one order, so that two who adopt at once do not wait for each other.
            .order(items::id)
            .into_boxed();
        open = if own {
            open.filter(items::leased_by.eq(node))
        } else {
            // This node's own calls have their tasks here, however late the heartbeat is.
            open.filter(items::lease_until.lt(At(now))).filter(items::leased_by.ne(node))
        };
        let ids: Vec<Word<ItemId>> = open.load(conn).await?;
        let mut adopted = Vec::new();
        for id in ids {
            // One by one, and only if it is still as it was seen: another node may adopt at the same time.
            let target = items::table
                .filter(items::id.eq(id))
                .filter(items::state.eq(Word(ItemState::Active)))
                .filter(items::leased_by.eq(node).or(items::lease_until.lt(At(now))));
            let taken: Option<Item> = diesel::update(target)
                .set((
                    items::fence.eq(items::fence + 1),
                    items::leased_by.eq(node),
                    items::lease_until.eq(At(until)),
                ))
                .returning(Item::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            adopted.extend(taken);
        }
        diesel::QueryResult::Ok(adopted)
    })?)
}

/// Puts claimed items without an attempt back into the queue: this node's own (`own`), or those whose lease has lapsed.
/// Says how many.
///
/// # Errors
/// When the query fails.
pub async fn hand_back(tx: &mut System, node: &str, own: bool, now: Timestamp) -> DbResult<usize> {
    let set = (
        items::state.eq(Word(ItemState::Queued)),
        items::fence.eq(items::fence + 1),
        items::leased_by.eq(None::<String>),
        items::lease_until.eq(None::<At>),
        items::updated_at.eq(At(now)),
    );
    let claimed = items::table.filter(items::state.eq(Word(ItemState::Claimed)));
    Ok(on_either!(tx, conn => {
        if own {
            diesel::update(claimed.filter(items::leased_by.eq(node))).set(set).execute(conn).await
        } else {
            diesel::update(claimed.filter(items::lease_until.lt(At(now)))).set(set).execute(conn).await
        }
    })?)
}

/// Puts one claimed item back into the queue, due at `due_at`, under its fence. `false`: it has an attempt by now, or is
/// somebody else's.
///
/// # Errors
/// When the query fails.
pub async fn unclaim(
    tx: &mut Tx,
    item: &Item,
    due_at: Timestamp,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(item.tenant_id)))
                .filter(items::id.eq(Word(item.id)))
                .filter(items::fence.eq(item.fence))
                .filter(items::state.eq(Word(ItemState::Claimed))),
        )
        .set((
            items::state.eq(Word(ItemState::Queued)),
            items::due_at.eq(At(due_at)),
            items::leased_by.eq(None::<String>),
            items::lease_until.eq(None::<At>),
            items::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// The heartbeat: moves the end of all leases of this node.
///
/// # Errors
/// When the query fails.
pub async fn renew(tx: &mut System, node: &str, until: Timestamp) -> DbResult<usize> {
    let leased = [ItemState::Claimed, ItemState::Active].map(Word);
    Ok(on_either!(tx, conn => {
        diesel::update(items::table.filter(items::leased_by.eq(node)).filter(items::state.eq_any(leased)))
            .set(items::lease_until.eq(At(until)))
            .execute(conn)
            .await
    })?)
}

/// Items of this node whose call somebody wants to end.
///
/// # Errors
/// When the query fails.
pub async fn cancel_requests(tx: &mut System, node: &str) -> DbResult<Vec<ItemId>> {
    let leased = [ItemState::Claimed, ItemState::Active].map(Word);
    let ids: Vec<Word<ItemId>> = on_either!(tx, conn => {
        items::table
            .filter(items::leased_by.eq(node))
            .filter(items::state.eq_any(leased))
            .filter(items::cancel_requested.eq(true))
            .select(items::id)
            .load(conn)
            .await
    })?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

/// When the next waiting item is due, if one waits.
///
/// # Errors
/// When the query fails.
pub async fn waiting(tx: &mut System) -> DbResult<Option<Timestamp>> {
    let next: Option<OptAt> = on_either!(tx, conn => {
        items::table
            .filter(items::state.eq(Word(ItemState::Queued)))
            .select(items::due_at.nullable())
            .order(items::due_at)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(next.and_then(Into::into))
}
