//! Claims: which items are called next, and over which line.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, ItemState, Timestamp};

use super::Item;
use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::tx::System;

/// Who claims, and for which line.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The node that claims.
    pub node: &'a str,
    /// The line that the calls will be placed on.
    pub lane: &'a str,
    /// Test faxes, or real ones.
    pub simulated: bool,
    /// What the line takes, all nodes together.
    pub limits: LaneLimits,
    /// The lines that are up now. Items that had trouble with a line are left to another one, if there is one.
    pub lanes_up: &'a [&'a str],
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// What a line takes, over all nodes that use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneLimits {
    /// Calls at once; `None`: no limit.
    pub max_calls: Option<u32>,
    /// New calls in one second; `None`: no limit.
    pub calls_per_second: Option<u32>,
    /// What a minute costs, in millionths of the currency, so that calls in flight count against a tenant's money.
    pub cost_per_minute: u64,
}

/// What a claim came to.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// What is to be called.
    pub items: Vec<Granted>,
    /// When it is worth while to claim for this line again, if nothing changes meanwhile: something will be due, a limit,
    /// pause or window will open. The time of the claim: more could be claimed at once. `None`: nothing waits that time
    /// alone would bring.
    pub next_look: Option<Timestamp>,
}

/// An item to call.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The item, under its new fence.
    pub item: Item,
    /// Its call may not be placed before: calls a second, over all nodes. At most a quarter of a second after the claim.
    pub call_at: Timestamp,
}

/// Claims items that are due, each with a new fence. Nobody else gets them while the lease runs.
///
/// # Errors
/// When the query fails.
pub async fn claim(tx: &mut System, claim: Claim<'_>) -> DbResult<Claimed> {
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
        return Ok(Claimed::default());
    }
    let items: Vec<Item> = on_either!(tx, conn => {
        diesel::update(items::table.filter(items::id.eq_any(ids)))
            .set((
                items::state.eq(Word(ItemState::Claimed)),
                items::fence.eq(items::fence + 1),
                items::lane.eq(claim.lane),
                items::leased_by.eq(claim.node),
                items::lease_until.eq(At(claim.until)),
                items::updated_at.eq(At(claim.now)),
            ))
            .returning(Item::as_returning())
            .get_results(conn)
            .await
    })?;
    let call_at = claim.now;
    let items = items
        .into_iter()
        .map(|item| Granted { item, call_at })
        .collect();
    Ok(Claimed {
        items,
        next_look: None,
    })
}
