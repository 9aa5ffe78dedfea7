//! The queue, as somebody sees it who asks why a fax waits: the facts that claims go by.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, ItemId, LineSettings, Priority, TenantId, Timestamp};

use crate::column::{At, OptAt, OptWord, Rank, Word, count};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::{Item, WaitingFor};
use crate::schema::{attempts, destinations, queue_items as items, shares};
use crate::sql::{OPEN, READY};
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

/// The tenant's items that are due, in the order in which they are claimed; the first `most`. Those that are set aside are left
/// out, since there may be very many, except `set_aside`.
///
/// # Errors
/// When the query fails.
pub async fn in_line(
    tx: &mut Tx,
    tenant: TenantId,
    simulated: bool,
    now: Timestamp,
    set_aside: &[&Item],
    most: usize,
) -> DbResult<Vec<ItemId>> {
    let mut line: Vec<(i16, Timestamp, ItemId)> = Vec::new();
    // Each priority by itself, so that the index passes over nothing that is not due yet.
    for priority in Priority::ALL {
        let room = i64::try_from(most - line.len()).unwrap_or(i64::MAX);
        let ready: Vec<(At, Word<ItemId>)> = on_either!(tx, conn => {
            items::table
                .filter(items::tenant_id.eq(Word(tenant)))
                .filter(items::simulated.eq(simulated))
                .filter(items::priority.eq(Rank(*priority)))
                .filter(items::due_at.le(At(now)))
                .filter(sql::<Bool>(READY))
                .order((items::due_at, items::id))
                .limit(room)
                .select((items::due_at, items::id))
                .load(conn)
                .await
        })?;
        line.extend(
            ready
                .into_iter()
                .map(|(due_at, id)| (priority.rank(), due_at.0, id.0)),
        );
    }
    let place = |item: &&Item| (item.priority.rank(), item.due_at, item.id);
    line.extend(set_aside.iter().map(place));
    line.sort_unstable();
    line.truncate(most);
    Ok(line.into_iter().map(|(_, _, id)| id).collect())
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

/// Those of the numbers that the tenant itself is calling, and that take no further call now.
///
/// # Errors
/// When the query fails.
pub async fn busy(
    tx: &mut System,
    tenant: TenantId,
    simulated: bool,
    numbers: &[E164],
) -> DbResult<Vec<E164>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Word<E164>> = numbers.iter().cloned().map(Word).collect();
    let rows: Vec<(Word<E164>, Word<TenantId>)> = on_either!(tx, conn => {
        items::table
            .filter(items::simulated.eq(simulated))
            .filter(items::destination.eq_any(asked.clone()))
            .filter(sql::<Bool>(OPEN))
            .select((items::destination, items::tenant_id))
            .load(conn)
            .await
    })?;
    let mut open: BTreeMap<E164, (i64, bool)> = BTreeMap::new();
    for (number, of) in rows {
        let open = open.entry(number.0).or_default();
        *open = (open.0 + 1, open.1 || of.0 == tenant);
    }
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
    let full = |number: &E164, open: i64| open >= several.get(number).copied().unwrap_or(1);
    Ok(open
        .into_iter()
        .filter(|(number, (open, own))| *own && full(number, *open))
        .map(|(number, _)| number)
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

/// What the calls for these recipients came to; those with nothing to say are left out.
///
/// # Errors
/// When the query fails.
pub async fn call_notes(
    tx: &mut Tx,
    tenant: TenantId,
    recipients: &[ItemId],
) -> DbResult<Vec<CallNote>> {
    type Row = (
        Word<TenantId>,
        Word<ItemId>,
        i32,
        OptWord<LineSettings>,
        Option<String>,
    );
    let mut notes = Vec::new();
    // SQLite takes so many parameters and no more. With the tenant among them it would go through all of the tenant's calls.
    for some in recipients.chunks(500) {
        let ids: Vec<Word<ItemId>> = some.iter().copied().map(Word).collect();
        let rows: Vec<Row> = on_either!(tx, conn => {
            attempts::table
                .filter(attempts::item_id.eq_any(ids))
                .select((
                    attempts::tenant_id,
                    attempts::item_id,
                    attempts::number,
                    attempts::line_settings,
                    attempts::evidence,
                ))
                .load(conn)
                .await
        })?;
        let note = |(owner, item, attempt, line_settings, evidence): Row| {
            let note = CallNote {
                item: item.0,
                attempt: count(attempt),
                line_settings: line_settings.into(),
                evidence,
            };
            let says = note.line_settings.is_some() || note.evidence.is_some();
            (owner.0 == tenant && says).then_some(note)
        };
        notes.extend(rows.into_iter().filter_map(note));
    }
    Ok(notes)
}
