//! Queue items: one recipient of one fax each.

mod lease;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, FaxId, ItemId, ItemState, TenantId, Timestamp};

use crate::column::{At, OptAt, Word, signed};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::queue_items as items;
use crate::tx::Tx;

pub use lease::{Claim, adopt, cancel_requests, claim, hand_back, renew, unclaim, waiting};

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
}

/// Adds a fax's items, in order, waiting for its pages.
///
/// # Errors
/// When the query fails.
pub async fn insert_all(
    tx: &mut Tx,
    tenant: TenantId,
    fax: FaxId,
    simulated: bool,
    new: &[NewItem],
    now: Timestamp,
) -> DbResult<()> {
    let row = |(position, item): (usize, &NewItem)| {
        (
            items::id.eq(Word(item.id)),
            items::tenant_id.eq(Word(tenant)),
            items::fax_id.eq(Word(fax)),
            items::position.eq(i32::try_from(position).unwrap_or(i32::MAX)),
            items::recipient_raw.eq(item.recipient_raw.clone()),
            items::destination.eq(Word(item.destination.clone())),
            items::state.eq(Word(ItemState::Preparing)),
            items::simulated.eq(simulated),
            items::due_at.eq(At(now)),
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
    Ok(on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::fax_id.eq(Word(fax)))
                .filter(items::state.eq(Word(ItemState::Preparing))),
        )
        .set((items::state.eq(Word(ItemState::Queued)), items::updated_at.eq(At(now))))
        .execute(conn)
        .await
    })?)
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

/// What an item becomes after an attempt, or without one.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its next state.
    pub state: ItemState,
    /// When it is next due.
    pub due_at: Timestamp,
    /// Pages confirmed by now.
    pub confirmed_pages: u32,
    /// Failures so far: line, negotiation, not a fax, local.
    pub tries: [u32; 4],
    /// Why, for people.
    pub error: Option<String>,
}

/// Changes an item under its fence, and ends its lease. `false`: somebody else has it by now, and nothing changed.
///
/// # Errors
/// When the query fails.
pub async fn change(
    tx: &mut Tx,
    tenant: TenantId,
    id: ItemId,
    fence: i64,
    to: &Change,
    now: Timestamp,
) -> DbResult<bool> {
    let processed_at = to.state.is_final().then_some(At(now));
    let [line, negotiation, not_fax, local] = to.tries.map(signed);
    let changed = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::id.eq(Word(id)))
                .filter(items::fence.eq(fence)),
        )
        .set((
            items::state.eq(Word(to.state)),
            items::due_at.eq(At(to.due_at)),
            items::confirmed_pages.eq(signed(to.confirmed_pages)),
            items::tries_line.eq(line),
            items::tries_negotiation.eq(negotiation),
            items::tries_not_fax.eq(not_fax),
            items::tries_local.eq(local),
            items::error.eq(&to.error),
            items::leased_by.eq(None::<String>),
            items::lease_until.eq(None::<At>),
            items::processed_at.eq(processed_at),
            items::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}
