//! The queue, as somebody sees it who asks why a fax waits: the facts that claims go by.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, FaxId, ItemId, ItemState, LineSettings, Priority, TenantId, Timestamp};

use crate::column::{At, OptAt, OptWord, Rank, Word, count};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::schema::{attempts, destinations, queue_items as items, shares};
use crate::tx::{System, Tx};

/// What the last claim found of a tenant's share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShareView {
    /// The limit that the tenant was at.
    pub waiting_for: Option<WaitingFor>,
    /// When its share is looked at again.
    pub next_due: Option<Timestamp>,
}

/// What the last claim found of a tenant's share; of a tenant that never sent anything, nothing.
///
/// # Errors
/// When the query fails.
pub async fn share(tx: &mut Tx, tenant: TenantId, simulated: bool) -> DbResult<ShareView> {
    let row: Option<(OptWord<WaitingFor>, OptAt)> = on_either!(tx, conn => {
        shares::table
            .find((Word(tenant), simulated))
            .select((shares::waiting_for, shares::next_due))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(
        row.map_or_else(ShareView::default, |(waiting_for, next_due)| ShareView {
            waiting_for: waiting_for.into(),
            next_due: next_due.into(),
        }),
    )
}

/// The tenant's items that are due and not set aside, in the order in which they are claimed; the first `most`.
///
/// # Errors
/// When the query fails.
pub async fn in_line(
    tx: &mut Tx,
    tenant: TenantId,
    simulated: bool,
    now: Timestamp,
    most: usize,
) -> DbResult<Vec<ItemId>> {
    let mut line: Vec<ItemId> = Vec::new();
    // Each priority by itself, so that the index passes over nothing that is not due yet.
    for priority in Priority::ALL {
        let room = i64::try_from(most - line.len()).unwrap_or(i64::MAX);
        let ids: Vec<Word<ItemId>> = on_either!(tx, conn => {
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::simulated.eq(simulated))
                .filter(items::priority.eq(Rank(*priority)))
                .filter(items::due_at.le(At(now)))
                .filter(items::state.eq(Word(ItemState::Queued)))
                .filter(items::parked.eq(false))
                .order((items::due_at, items::id))
                .limit(room)
                .select(items::id)
                .load(conn)
                .await
        })?;
        line.extend(ids.into_iter().map(|id| id.0));
    }
    Ok(line)
}

/// How many calls of the tenant began since then.
///
/// # Errors
/// When the query fails.
pub async fn begun_since(
    tx: &mut Tx,
    tenant: TenantId,
    simulated: bool,
    since: Timestamp,
) -> DbResult<u32> {
    let begun: i64 = on_either!(tx, conn => {
        attempts::table
            .filter(attempts::tenant_id.eq(Word(tenant)))
            .filter(attempts::simulated.eq(simulated))
            .filter(attempts::created_at.ge(At(since)))
            .count()
            .get_result(conn)
            .await
    })?;
    Ok(u32::try_from(begun).unwrap_or(u32::MAX))
}

/// Those of the numbers that take no further call now, whoever's the open calls to them are.
///
/// # Errors
/// When the query fails.
pub async fn busy(tx: &mut System, simulated: bool, numbers: &[E164]) -> DbResult<Vec<E164>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Word<E164>> = numbers.iter().cloned().map(Word).collect();
    let open = [ItemState::Claimed, ItemState::Active].map(Word);
    let rows: Vec<(Word<E164>, i64)> = on_either!(tx, conn => {
        items::table
            .filter(items::simulated.eq(simulated))
            .filter(items::destination.eq_any(asked.clone()))
            .filter(items::state.eq_any(open))
            .group_by(items::destination)
            .select((items::destination, count_star()))
            .load(conn)
            .await
    })?;
    let several: Vec<(Word<E164>, i32)> = on_either!(tx, conn => {
        destinations::table
            .filter(destinations::number.eq_any(asked))
            .select((destinations::number, destinations::max_calls))
            .load(conn)
            .await
    })?;
    let several: HashMap<E164, i64> = several
        .into_iter()
        .map(|(number, max)| (number.0, i64::from(count(max))))
        .collect();
    Ok(rows
        .into_iter()
        .filter(|(number, open)| *open >= several.get(&number.0).copied().unwrap_or(1))
        .map(|(number, _)| number.0)
        .collect())
}

/// What a call came to that a timeline shows beside its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNote {
    /// The recipient.
    pub item: ItemId,
    /// Which call to that recipient, counted from 1.
    pub attempt: u32,
    /// What of the line's abilities it could use; `None`: all.
    pub line_settings: Option<LineSettings>,
    /// What settled it, for people.
    pub evidence: Option<String>,
}

/// What the calls of a fax came to; those with nothing to say are left out.
///
/// # Errors
/// When the query fails.
pub async fn call_notes(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<CallNote>> {
    type Row = (Word<ItemId>, i32, OptWord<LineSettings>, Option<String>);
    let rows: Vec<Row> = on_either!(tx, conn => {
        // Through the items: they have the index.
        let of_fax = items::table
            .filter(items::tenant_id.eq(Word(tenant)))
            .filter(items::fax_id.eq(Word(fax)))
            .select(items::id);
        attempts::table
            .filter(attempts::tenant_id.eq(Word(tenant)))
            .filter(attempts::item_id.eq_any(of_fax))
            .filter(attempts::line_settings.is_not_null().or(attempts::evidence.is_not_null()))
            .select((
                attempts::item_id,
                attempts::number,
                attempts::line_settings,
                attempts::evidence,
            ))
            .load(conn)
            .await
    })?;
    let note = |(item, attempt, line_settings, evidence): Row| CallNote {
        item: item.0,
        attempt: count(attempt),
        line_settings: line_settings.into(),
        evidence,
    };
    Ok(rows.into_iter().map(note).collect())
}
