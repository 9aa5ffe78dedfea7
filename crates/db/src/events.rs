//! The timeline of a fax: what happened, in order, for ever.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ItemId, TenantId, Timestamp};

use crate::column::{At, OptWord, Word, count, signed};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{fax_events, tenants};
use crate::tx::Tx;

/// Something that happened to a fax.
#[derive(Clone, Debug)]
pub struct Event {
    /// The fax.
    pub fax: FaxId,
    /// The recipient it concerns, if one.
    pub item: Option<ItemId>,
    /// The attempt it concerns, if one; counted from 1.
    pub attempt: Option<u32>,
    /// What happened, as a word: `fax.queued`, `attempt.answered`, …
    pub kind: String,
    /// What happened, as a sentence.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Writes an event, in the transaction of the change that it tells of. Its number within the tenant has no gaps.
///
/// # Errors
/// When the query fails.
pub async fn append(tx: &mut Tx, tenant: TenantId, event: &Event) -> DbResult<i64> {
    append_all(tx, tenant, std::slice::from_ref(event)).await
}

/// Writes events of one tenant, in order, as [`append`] does; answers the last one's number. Whoever appends waits for every
/// other transaction that did so for the tenant: best done last, and at once.
///
/// # Errors
/// When the query fails.
pub async fn append_all(tx: &mut Tx, tenant: TenantId, events: &[Event]) -> DbResult<i64> {
    let more = i64::try_from(events.len()).unwrap_or(i64::MAX);
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
            fax_events::fax_id.eq(Word(event.fax)),
            fax_events::item_id.eq(Word::opt(event.item)),
            fax_events::attempt.eq(event.attempt.map(signed)),
            fax_events::kind.eq(event.kind.clone()),
            fax_events::text.eq(event.text.clone()),
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
    Ok(last)
}

/// A fax's timeline, in order.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<Event>> {
    type Row = (OptWord<ItemId>, Option<i32>, String, String, At);
    let rows: Vec<Row> = on_either!(tx, conn => {
        fax_events::table
            .filter(fax_events::tenant_id.eq(Word(tenant)))
            .filter(fax_events::fax_id.eq(Word(fax)))
            .select((
                fax_events::item_id,
                fax_events::attempt,
                fax_events::kind,
                fax_events::text,
                fax_events::at,
            ))
            .order(fax_events::seq)
            .load(conn)
            .await
    })?;
    let event = |(item, attempt, kind, text, at): Row| Event {
        fax,
        item: item.into(),
        attempt: attempt.map(count),
        kind,
        text,
        at: at.into(),
    };
    Ok(rows.into_iter().map(event).collect())
}
