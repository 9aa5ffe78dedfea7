//! Taking in what became of a broadcast's faxes.

use std::collections::{BTreeSet, HashMap};

use diesel::sql_types::{Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{BroadcastId, FaxId, ItemState, RecipientState, TenantId, Timestamp};

use super::Counts;
use crate::column::{OptAt, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::Tx;

/// So many notes are taken in at once.
const MOST: i64 = 1000;

type Row = (
    Text,
    Text,
    Integer,
    Integer,
    Nullable<Text>,
    Nullable<UtcTimestamp>,
);
type Found = (
    Word<FaxId>,
    Word<ItemState>,
    i32,
    i32,
    Option<String>,
    OptAt,
);

/// Brings recipients in line with their faxes, by the notes that were left, and `counts` with the recipients. Whoever calls it has the
/// broadcast locked, and saves the counts. `true`: there may be more notes.
///
/// Each recipient takes on the state that its item has now, whatever the note was left for; so a note that is seen twice, or late, does
/// no harm.
///
/// # Errors
/// When the query fails.
pub async fn take_in(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    counts: &mut Counts,
) -> DbResult<bool> {
    let notes = Sql::<(Text,)>::new(
        "DELETE FROM broadcast_notes WHERE id IN (SELECT id FROM broadcast_notes WHERE broadcast_id = ",
    )
    .str(&broadcast)
    .sql(" ORDER BY id LIMIT ")
    .int(MOST)
    .sql(") RETURNING fax_id");
    let notes: Vec<(Word<FaxId>,)> = on_either!(tx, conn => notes.load(conn).await)?;
    let more = i64::try_from(notes.len()).is_ok_and(|count| count == MOST);
    let faxes: BTreeSet<FaxId> = notes.into_iter().map(|(fax,)| fax.0).collect();
    if faxes.is_empty() {
        return Ok(false);
    }
    let before = Sql::<(Text, Text)>::new(
        "SELECT fax_id, state FROM broadcast_recipients WHERE broadcast_id = ",
    )
    .str(&broadcast)
    .sql(" AND fax_id")
    .one_of(&faxes);
    let before: Vec<(Word<FaxId>, Word<RecipientState>)> =
        on_either!(tx, conn => before.load(conn).await)?;
    let before: HashMap<FaxId, RecipientState> =
        before.into_iter().map(|(f, s)| (f.0, s.0)).collect();
    let items = Sql::<Row>::new(
        "SELECT fax_id, state, attempts, confirmed_pages, error, processed_at FROM queue_items WHERE tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND fax_id")
    .one_of(&faxes);
    let items: Vec<Found> = on_either!(tx, conn => items.load(conn).await)?;
    let mut update =
        Sql::<()>::new("WITH v (fax, state, reason, attempts, pages, finished_at) AS (VALUES ")
            .once();
    let mut comma = "(";
    for (fax, item, attempts, pages, error, processed_at) in items {
        let Some(was) = before.get(&fax.0) else {
            continue;
        };
        let is = state(item.0);
        counts.add(*was, -1);
        counts.add(is, 1);
        let finished_at: Option<Timestamp> = processed_at.into();
        update = update
            .sql(comma)
            .str(&fax.0)
            .sql(", ")
            .str(&is)
            .sql(", ")
            // What became of a call that failed is no matter once the fax is through.
            .opt_str(error.filter(|_| is != RecipientState::Sent).as_ref())
            .sql(", ")
            .int(attempts.into())
            .sql(", ")
            .int(pages.into())
            .sql(", ")
            .opt_at(finished_at.filter(|_| is.is_final()));
        comma = "), (";
    }
    if comma == "), (" {
        let update = update
            .sql(
                ")) UPDATE broadcast_recipients SET state = v.state, reason = v.reason, attempts = v.attempts, pages_sent = v.pages, \
                 finished_at = v.finished_at FROM v WHERE broadcast_recipients.fax_id = v.fax AND broadcast_recipients.broadcast_id = ",
            )
            .str(&broadcast);
        on_either!(tx, conn => update.execute(conn).await)?;
    }
    Ok(more)
}

/// What a recipient is whose item is in this state.
fn state(item: ItemState) -> RecipientState {
    match item {
        ItemState::Preparing | ItemState::Queued => RecipientState::Queued,
        ItemState::Claimed | ItemState::Active => RecipientState::Sending,
        ItemState::Held => RecipientState::Unknown,
        ItemState::Sent => RecipientState::Sent,
        ItemState::Failed => RecipientState::Failed,
        ItemState::Canceled => RecipientState::Canceled,
    }
}
