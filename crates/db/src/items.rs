//! Queue items: one recipient of one fax each.

mod change;
mod claim;
mod lease;
mod waiting_for;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, FaxId, ItemId, ItemState, LineSettings, Priority, TenantId, Timestamp};

use crate::column::{At, OptAt, OptWord, Rank, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::shares;
use crate::tx::Tx;

pub use change::{Change, change};
pub use claim::{Claim, Claimed, Granted, LaneLimits, OnNetClaim, claim, claim_on_net};
pub use lease::{Adoption, adopt, cancel_requests, hand_back, renew, to_cancel, unclaim};
pub use waiting_for::WaitingFor;

/// A queue item.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = items, check_for_backend(Pg, Sqlite))]
pub struct Item {
    /// Its id.
    #[diesel(deserialize_as = Word<ItemId>)]
    pub id: ItemId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// The fax.
    #[diesel(deserialize_as = Word<FaxId>)]
    pub fax_id: FaxId,
    /// Its place among the recipients, from 0.
    pub position: i32,
    /// The recipient, as it came in.
    pub recipient_raw: String,
    /// The recipient in E.164.
    #[diesel(deserialize_as = Word<E164>)]
    pub destination: E164,
    /// Its state.
    #[diesel(deserialize_as = Word<ItemState>)]
    pub state: ItemState,
    /// When it is next due.
    #[diesel(deserialize_as = At)]
    pub due_at: Timestamp,
    /// Pages confirmed so far; the next call starts after them.
    pub confirmed_pages: i32,
    /// Calls so far.
    pub attempts: i32,
    /// Failures of the line.
    pub tries_line: i32,
    /// Failures of negotiation.
    pub tries_negotiation: i32,
    /// Times that no fax machine answered.
    pub tries_not_fax: i32,
    /// Failures on our own side.
    pub tries_local: i32,
    /// Whether somebody asked to cancel.
    pub cancel_requested: bool,
    /// Grows with every claim; a change under an older fence changes nothing.
    pub fence: i64,
    /// Why the last attempt failed, for people.
    pub error: Option<String>,
    /// When it became final.
    #[diesel(deserialize_as = OptAt)]
    pub processed_at: Option<Timestamp>,
    /// When it was accepted.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// Whether it only ever goes to the simulator.
    pub simulated: bool,
    /// Its place among the tenant's own items.
    #[diesel(deserialize_as = Rank)]
    pub priority: Priority,
    /// Whether it is set aside, since its number is being called.
    pub parked: bool,
    /// Why it is not due yet, where somebody knew.
    #[diesel(deserialize_as = OptWord<WaitingFor>)]
    pub waiting_for: Option<WaitingFor>,
    /// The line that it was last claimed for.
    pub lane: Option<String>,
    /// The line that the next call is better not placed on.
    pub avoid_lane: Option<String>,
    /// What of a line's abilities the next call may use; `None`: all, or what the destination taught us.
    #[diesel(deserialize_as = OptWord<LineSettings>)]
    pub line_settings: Option<LineSettings>,
    /// Calls that ended after some pages.
    pub tries_partial: i32,
    /// Times in a row that nothing could be dialled.
    pub waits: i32,
    /// Milliseconds of line time for which its tenant was charged at the last claim.
    pub charge: i64,
}

/// A queue item to add.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Its id.
    pub id: ItemId,
    /// The recipient, as it came in.
    pub recipient_raw: String,
    /// The recipient in E.164.
    pub destination: E164,
    /// When it is due: at once, at the time that the sender chose, or when a sending window opens.
    pub due_at: Timestamp,
    /// Why it is not due at once.
    pub waiting_for: Option<WaitingFor>,
}

/// The fax that items are added to.
#[derive(Clone, Copy, Debug)]
pub struct ItemsOf {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub fax: FaxId,
    /// Whether the items only ever go to the simulator.
    pub simulated: bool,
    /// Their place among the tenant's own items.
    pub priority: Priority,
}

/// Adds a fax's items, in order, waiting for its pages.
///
/// # Errors
/// When the query fails.
pub async fn insert_all(tx: &mut Tx, of: ItemsOf, new: &[NewItem], now: Timestamp) -> DbResult<()> {
    let row = |(position, item): (usize, &NewItem)| {
        (
            items::id.eq(Word(item.id)),
            items::tenant_id.eq(Word(of.tenant)),
            items::fax_id.eq(Word(of.fax)),
            items::position.eq(i32::try_from(position).unwrap_or(i32::MAX)),
            items::recipient_raw.eq(item.recipient_raw.clone()),
            items::destination.eq(Word(item.destination.clone())),
            items::state.eq(Word(ItemState::Preparing)),
            items::simulated.eq(of.simulated),
            items::priority.eq(Rank(of.priority)),
            items::due_at.eq(At(item.due_at)),
            items::waiting_for.eq(Word::opt(item.waiting_for)),
            items::created_at.eq(At(now)),
            items::updated_at.eq(At(now)),
        )
    };
    let rows = new.iter().enumerate().map(row);
    match tx.conn() {
        Conn::Postgres(conn) => {
            let rows: Vec<_> = rows.collect();
            diesel::insert_into(items::table)
                .values(rows)
                .execute(conn)
                .await?;
        }
        // diesel has no multi-row insert for SQLite; one transaction makes it cheap all the same.
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(items::table)
                    .values(row)
                    .execute(conn)
                    .await?;
            }
        }
    }
    tx.succeeded();
    Ok(())
}

/// A fax's items, in order.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<Item>> {
    Ok(on_either!(tx, conn => {
        items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::fax_id.eq(Word(fax)))
            .select(Item::as_select())
            .order(items::position)
            .load(conn)
            .await
    })?)
}

/// The different states of a fax's items, each with whether a call was placed for it: all that the fax's status needs.
///
/// # Errors
/// When the query fails.
pub async fn states(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<(ItemState, bool)>> {
    let rows: Vec<(Word<ItemState>, bool)> = on_either!(tx, conn => {
        items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::fax_id.eq(Word(fax)))
            .select((items::state, items::attempts.gt(0)))
            .distinct()
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(state, called)| (state.0, called))
        .collect())
}

/// The item with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ItemId) -> DbResult<Option<Item>> {
    Ok(on_either!(tx, conn => {
        items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::id.eq(Word(id)))
            .select(Item::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Lets a fax's items go to the queue, now that its pages are there; says how many.
///
/// # Errors
/// When the query fails.
pub async fn make_ready(
    tx: &mut Tx,
    tenant: TenantId,
    fax: FaxId,
    now: Timestamp,
) -> DbResult<usize> {
    let ready = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::fax_id.eq(Word(fax)))
                .filter(items::state.eq(Word(ItemState::Preparing))),
        )
        .set((items::state.eq(Word(ItemState::Queued)), items::updated_at.eq(At(now))))
        .execute(conn)
        .await
    })?;
    if ready == 0 {
        return Ok(0);
    }
    let first: Vec<(bool, At)> = on_either!(tx, conn => {
        items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::fax_id.eq(Word(fax)))
            .filter(items::state.eq(Word(ItemState::Queued)))
            .select((items::simulated, items::due_at))
            .order(items::due_at)
            .limit(1)
            .load(conn)
            .await
    })?;
    for (simulated, due_at) in first {
        shares::look_at(tx, tenant, simulated, due_at.0).await?;
    }
    Ok(ready)
}

/// Gives up a fax's items, because its pages cannot be made; says how many.
///
/// # Errors
/// When the query fails.
pub async fn fail_preparing(
    tx: &mut Tx,
    tenant: TenantId,
    fax: FaxId,
    error: &str,
    now: Timestamp,
) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::fax_id.eq(Word(fax)))
                .filter(items::state.eq(Word(ItemState::Preparing))),
        )
        .set((
            items::state.eq(Word(ItemState::Failed)),
            items::error.eq(error),
            items::processed_at.eq(At(now)),
            items::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?)
}

/// Cancels a fax's items: at once those without a call, by request those with one. Says how many of each.
///
/// # Errors
/// When the query fails.
pub async fn cancel(
    tx: &mut Tx,
    tenant: TenantId,
    fax: FaxId,
    now: Timestamp,
) -> DbResult<(usize, usize)> {
    let open: Vec<_> = ItemState::ALL
        .iter()
        .filter(|state| !state.is_final())
        .map(|state| Word(*state))
        .collect();
    // First the request, on all that are open: that locks them, so that no claim or hand-back slips in between.
    let requested = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::fax_id.eq(Word(fax)))
                .filter(items::state.eq_any(open)),
        )
        .set((items::cancel_requested.eq(true), items::updated_at.eq(At(now))))
        .execute(conn)
        .await
    })?;
    let at_once = [ItemState::Preparing, ItemState::Queued, ItemState::Held].map(Word);
    let canceled = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::fax_id.eq(Word(fax)))
                .filter(items::state.eq_any(at_once)),
        )
        .set((
            items::state.eq(Word(ItemState::Canceled)),
            // Whoever was about to claim it has an older fence now.
            items::fence.eq(items::fence + 1),
            items::processed_at.eq(At(now)),
            items::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok((canceled, requested - canceled))
}
