//! The event log of a tenant: what happened, in order, for ever. A fax's timeline is the part of it that tells of the fax.
//!
//! Whoever appends has the tenant's row until the transaction ends. So events are committed in the order of their numbers: a
//! reader that has seen number n will never find one below it that was not there before.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ItemId, TenantId, Timestamp};

use crate::column::{At, OptWord, Word, count, signed};
use crate::connection::{Conn, on_either};
use crate::error::{DbError, DbResult};
use crate::schema::{fax_events, tenants};
use crate::tx::{System, Tx};
use crate::wake::Wake;

/// Something that happened in a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The fax that it concerns, if one.
    pub fax: Option<FaxId>,
    /// The recipient it concerns, if one.
    pub item: Option<ItemId>,
    /// The attempt it concerns, if one; counted from 1.
    pub attempt: Option<u32>,
    /// What happened, as a word: `fax.queued`, `attempt.answered`, …
    pub kind: String,
    /// What happened, as a sentence; empty: the fax's timeline says it already, and only programs are told.
    pub text: String,
    /// What happened, for programs: a JSON object. `None`: they are not told.
    pub data: Option<serde_json::Value>,
    /// When.
    pub at: Timestamp,
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// Its number within the tenant, from 1.
    pub seq: i64,
    /// The event.
    pub event: Event,
}

/// Writes an event, in the transaction of the change that it tells of. Its number within the tenant has no gaps.
///
/// # Errors
/// When the query fails.
pub async fn append(tx: &mut Tx, tenant: TenantId, event: &Event) -> DbResult<i64> {
    append_all(tx, tenant, std::slice::from_ref(event)).await
}

/// Writes events of one tenant, in order, as [`append`] does; answers the last one's number. Whoever appends waits for every
/// other transaction that did so for the tenant: best done last, and at once. Rings [`Wake::Events`].
///
/// # Errors
/// When the query fails.
pub async fn append_all(tx: &mut Tx, tenant: TenantId, events: &[Event]) -> DbResult<i64> {
    let more = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let data = |event: &Event| event.data.as_ref().map(ToString::to_string);
    let last: i64 = on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant)))
            .set(tenants::last_event_seq.eq(tenants::last_event_seq + more))
            .returning(tenants::last_event_seq)
            .get_result(conn)
            .await
    })?;
    let row = |(event, seq): (&Event, i64)| {
        (
            fax_events::tenant_id.eq(Word(tenant)),
            fax_events::seq.eq(seq),
            fax_events::fax_id.eq(Word::opt(event.fax)),
            fax_events::item_id.eq(Word::opt(event.item)),
            fax_events::attempt.eq(event.attempt.map(signed)),
            fax_events::kind.eq(event.kind.clone()),
            fax_events::text.eq(event.text.clone()),
            fax_events::data.eq(data(event)),
            fax_events::at.eq(At(event.at)),
        )
    };
    let rows = events.iter().zip(last - more + 1..).map(row);
    match tx.conn() {
        Conn::Postgres(conn) => {
            let rows: Vec<_> = rows.collect();
            diesel::insert_into(fax_events::table)
                .values(rows)
                .execute(conn)
                .await?;
        }
        // diesel has no multi-row insert for SQLite; one transaction makes it cheap all the same.
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(fax_events::table)
                    .values(row)
                    .execute(conn)
                    .await?;
            }
        }
    }
    tx.succeeded();
    if more > 0 {
        tx.wake(Wake::Events);
    }
    Ok(last)
}

/// A fax's timeline, in order, without what only programs are told.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<Event>> {
    let rows: Vec<Row> = on_either!(tx, conn => {
        fax_events::table
            .filter(fax_events::tenant_id.eq(Word(tenant)))
            .filter(fax_events::fax_id.eq(Word(fax)))
            .filter(fax_events::text.ne(""))
            .select(COLUMNS)
            .order(fax_events::seq)
            .load(conn)
            .await
    })?;
    let events = rows.into_iter().map(numbered);
    events.map(|row| Ok(row?.event)).collect()
}

/// The tenant's events behind number `seq`, in order, at most `limit`.
///
/// # Errors
/// When the query fails.
pub async fn after(tx: &mut Tx, tenant: TenantId, seq: i64, limit: i64) -> DbResult<Vec<Numbered>> {
    let rows: Vec<Row> = on_either!(tx, conn => {
        fax_events::table
            .filter(fax_events::tenant_id.eq(Word(tenant)))
            .filter(fax_events::seq.gt(seq))
            .select(COLUMNS)
            .order(fax_events::seq)
            .limit(limit)
            .load(conn)
            .await
    })?;
    rows.into_iter().map(numbered).collect()
}

/// The tenant's events behind number `seq` that programs are told of, in order, at most `limit`; only of these kinds, if any are
/// named.
///
/// # Errors
/// When the query fails.
pub async fn public_after(
    tx: &mut Tx,
    tenant: TenantId,
    seq: i64,
    kinds: &[&str],
    limit: i64,
) -> DbResult<Vec<Numbered>> {
    let rows: Vec<Row> = on_either!(tx, conn => {
        let mut query = fax_events::table
            .filter(fax_events::tenant_id.eq(Word(tenant)))
            .filter(fax_events::seq.gt(seq))
            .filter(fax_events::data.is_not_null())
            .select(COLUMNS)
            .order(fax_events::seq)
            .limit(limit)
            .into_boxed();
        if !kinds.is_empty() {
            query = query.filter(fax_events::kind.eq_any(kinds.to_vec()));
        }
        query.load(conn).await
    })?;
    rows.into_iter().map(numbered).collect()
}

/// The number of the tenant's last event; 0: there is none.
///
/// # Errors
/// When the query fails.
pub async fn last_seq(tx: &mut Tx, tenant: TenantId) -> DbResult<i64> {
    let last: Option<i64> = on_either!(tx, conn => {
        tenants::table
            .find(Word(tenant))
            .select(tenants::last_event_seq)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(last.unwrap_or(0))
}

/// The numbers of these tenants' last events. Who is gone is left out.
///
/// # Errors
/// When the query fails.
pub async fn last_seqs(tx: &mut System, of: &[TenantId]) -> DbResult<Vec<(TenantId, i64)>> {
    let ids: Vec<_> = of.iter().copied().map(Word).collect();
    let rows: Vec<(Word<TenantId>, i64)> = on_either!(tx, conn => {
        tenants::table
            .filter(tenants::id.eq_any(ids))
            .select((tenants::id, tenants::last_event_seq))
            .load(conn)
            .await
    })?;
    Ok(rows.into_iter().map(|(id, seq)| (id.0, seq)).collect())
}

type Columns = (
    fax_events::seq,
    fax_events::fax_id,
    fax_events::item_id,
    fax_events::attempt,
    fax_events::kind,
    fax_events::text,
    fax_events::data,
    fax_events::at,
);
const COLUMNS: Columns = (
    fax_events::seq,
    fax_events::fax_id,
    fax_events::item_id,
    fax_events::attempt,
    fax_events::kind,
    fax_events::text,
    fax_events::data,
    fax_events::at,
);
type Row = (
    i64,
    OptWord<FaxId>,
    OptWord<ItemId>,
    Option<i32>,
    String,
    String,
    Option<String>,
    At,
);

fn numbered((seq, fax, item, attempt, kind, text, data, at): Row) -> DbResult<Numbered> {
    let data = data.map(|data| serde_json::from_str(&data).map_err(DbError::content));
    let event = Event {
        fax: fax.into(),
        item: item.into(),
        attempt: attempt.map(count),
        kind,
        text,
        data: data.transpose()?,
        at: at.into(),
    };
    Ok(Numbered { seq, event })
}
