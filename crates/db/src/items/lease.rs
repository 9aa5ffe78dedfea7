//! Who works on which item: heartbeats, take-overs, claims given back.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ItemId, ItemState, TenantId, Timestamp};

use super::Item;
use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::shares;
use crate::sql::{OPEN, TO_CANCEL};
use crate::tx::{System, Tx};

/// Which open calls a node takes over.
#[derive(Clone, Copy, Debug)]
pub struct Adoption<'a> {
    /// The node that takes over.
    pub node: &'a str,
    /// The lines that it can ask about a call. Calls on others are left to nodes that have them.
    pub lanes: &'a [&'a str],
    /// Also the node's own, except these, which its living tasks hold: all of them after a restart, and later those whose
    /// task broke. `None`: only what others let lapse.
    pub own_except: Option<&'a [ItemId]>,
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
}

/// Takes over items with an open attempt. Each gets a new fence, so that whoever had it can change nothing any more.
///
/// # Errors
/// When the query fails.
pub async fn adopt(tx: &mut System, who: Adoption<'_>) -> DbResult<Vec<Item>> {
    let held: BTreeSet<ItemId> = who.own_except.unwrap_or_default().iter().copied().collect();
    Ok(on_either!(tx, conn => {
        let open = || {
            items::table
                .filter(sql::<Bool>(OPEN))
                .filter(items::state.eq(Word(ItemState::Active)))
                .filter(items::lane.eq_any(who.lanes))
        };
        // This node's own calls have their tasks here, however late the heartbeat is.
        let lapsed = items::lease_until.lt(At(who.now)).and(items::leased_by.ne(who.node));
        let mut ids: Vec<Word<ItemId>> = open().filter(lapsed).select(items::id).load(conn).await?;
        if who.own_except.is_some() {
            let own = open().filter(items::leased_by.eq(who.node));
            let own: Vec<Word<ItemId>> = own.select(items::id).load(conn).await?;
            ids.extend(own.into_iter().filter(|id| !held.contains(&id.0)));
        }
        // Everybody takes them in one order, so that two who adopt at once do not wait for each other.
        ids.sort_unstable_by_key(|id| id.0);
        let mut adopted = Vec::new();
        for id in ids {
            // One by one, and only if it is still as it was seen: another node may adopt at the same time.
            let target = items::table
                .filter(items::id.eq(id))
                .filter(items::state.eq(Word(ItemState::Active)))
                .filter(items::leased_by.eq(who.node).or(items::lease_until.lt(At(who.now))));
            let taken: Option<Item> = diesel::update(target)
                .set((
                    items::fence.eq(items::fence + 1),
                    items::leased_by.eq(who.node),
                    items::lease_until.eq(At(who.until)),
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
    let claimed = items::table
        .filter(sql::<Bool>(OPEN))
        .filter(items::state.eq(Word(ItemState::Claimed)));
    let what = (
        items::tenant_id,
        items::simulated,
        items::due_at,
        items::charge,
    );
    let freed: Vec<(Word<TenantId>, bool, At, i64)> = on_either!(tx, conn => {
        if own {
            let own = claimed.filter(items::leased_by.eq(node));
            diesel::update(own).set(set).returning(what).get_results(conn).await
        } else {
            let lapsed = claimed.filter(items::lease_until.lt(At(now)));
            diesel::update(lapsed).set(set).returning(what).get_results(conn).await
        }
    })?;
    let count = freed.len();
    let mut shares: BTreeMap<(TenantId, bool), (Timestamp, i64)> = BTreeMap::new();
    for (tenant, simulated, due_at, charge) in freed {
        let share = shares.entry((tenant.0, simulated)).or_insert((due_at.0, 0));
        *share = (share.0.min(due_at.0), share.1.saturating_sub(charge));
    }
    for ((tenant, simulated), (due_at, line_ms)) in shares {
        shares::note(tx, tenant, simulated, Some(due_at), line_ms).await?;
    }
    Ok(count)
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
    if changed != 1 {
        return Ok(false);
    }
    let (tenant, simulated) = (item.tenant_id, item.simulated);
    shares::note(tx, tenant, simulated, Some(due_at), -item.charge).await?;
    Ok(true)
}

/// The heartbeat: moves the end of this node's leases of these items. The lease of an item that no living task holds
/// lapses, so that somebody takes it over.
///
/// # Errors
/// When the query fails.
pub async fn renew(
    tx: &mut System,
    node: &str,
    ids: &[ItemId],
    until: Timestamp,
) -> DbResult<usize> {
    let mut renewed = 0;
    // SQLite takes so many parameters and no more.
    for ids in ids.chunks(1000) {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let ids = ids.into_iter().map(Word);
        renewed += on_either!(tx, conn => {
            let own = items::table
                .filter(items::id.eq_any(ids))
                .filter(items::leased_by.eq(node))
                .filter(sql::<Bool>(OPEN));
            diesel::update(own)
                .set(items::lease_until.eq(At(until)))
                .execute(conn)
                .await
        })?;
    }
    Ok(renewed)
}

/// Items of this node whose call somebody wants to end.
///
/// # Errors
/// When the query fails.
pub async fn cancel_requests(tx: &mut System, node: &str) -> DbResult<Vec<ItemId>> {
    let ids: Vec<Word<ItemId>> = on_either!(tx, conn => {
        items::table
            .filter(items::leased_by.eq(node))
            .filter(sql::<Bool>(OPEN))
            .filter(items::cancel_requested.eq(true))
            .select(items::id)
            .load(conn)
            .await
    })?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

/// Items that wait although somebody asked to cancel them: they were claimed at that time, and came back. At most a hundred.
///
/// # Errors
/// When the query fails.
pub async fn to_cancel(tx: &mut System) -> DbResult<Vec<(TenantId, FaxId, ItemId)>> {
    let rows: Vec<(Word<TenantId>, Word<FaxId>, Word<ItemId>)> = on_either!(tx, conn => {
        items::table
            .filter(sql::<Bool>(TO_CANCEL))
            .select((items::tenant_id, items::fax_id, items::id))
            .order(items::id)
            .limit(100)
            .load(conn)
            .await
    })?;
    let ids = |(tenant, fax, item): (Word<_>, Word<_>, Word<_>)| (tenant.0, fax.0, item.0);
    Ok(rows.into_iter().map(ids).collect())
}
