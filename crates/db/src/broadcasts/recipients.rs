//! Recipients of broadcasts.

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{BroadcastId, ContactId, E164, FaxId, RecipientState, TenantId, Timestamp};

use crate::column::{OptAt, OptWord, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::Tx;

/// A recipient to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecipient {
    /// The number.
    pub number: E164,
    /// The number, as it was typed.
    pub number_raw: String,
    /// Who; may be empty.
    pub name: String,
    /// The contact it comes from.
    pub contact: Option<ContactId>,
    /// What its own cover says: a JSON object.
    pub cover: String,
}

/// A recipient of a broadcast.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipient {
    /// Its place; there may be gaps.
    pub position: i64,
    /// The number.
    pub number: E164,
    /// The number, as it was typed.
    pub number_raw: String,
    /// Who; may be empty.
    pub name: String,
    /// The contact it came from, which may be gone.
    pub contact: Option<ContactId>,
    /// What its own cover says: a JSON object.
    pub cover: String,
    /// Its state.
    pub state: RecipientState,
    /// Why it was skipped, or what its fax says of the last call.
    pub reason: Option<String>,
    /// Its fax, once it is made and while it is kept.
    pub fax: Option<FaxId>,
    /// Calls so far.
    pub attempts: i64,
    /// Pages that the far end confirmed.
    pub pages_sent: i64,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

type Row = (
    (BigInt, Text, Text, Text, Nullable<Text>, Text),
    (Text, Nullable<Text>, Nullable<Text>, BigInt, BigInt),
    Nullable<UtcTimestamp>,
);
type Found = (
    (i64, Word<E164>, String, String, OptWord<ContactId>, String),
    (
        Word<RecipientState>,
        Option<String>,
        OptWord<FaxId>,
        i64,
        i64,
    ),
    OptAt,
);

const COLUMNS: &str = "SELECT position, number, number_raw, name, contact_id, cover, state, reason, fax_id, attempts, \
     pages_sent, finished_at FROM broadcast_recipients WHERE tenant_id = ";

fn recipient(row: Found) -> Recipient {
    let ((position, number, number_raw, name, contact, cover), state, finished_at) = row;
    let (state, reason, fax, attempts, pages_sent) = state;
    Recipient {
        position,
        number: number.0,
        number_raw,
        name,
        contact: contact.into(),
        cover,
        state: state.0,
        reason,
        fax: fax.into(),
        attempts,
        pages_sent,
        finished_at: finished_at.into(),
    }
}

/// Adds recipients, at most 1,000 and none of them twice, behind those that are there. One whose number is there changes nothing. Says
/// how many are new. Whoever calls it has the broadcast locked, and counts them.
///
/// # Errors
/// When the query fails.
pub async fn add_recipients(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    new: &[NewRecipient],
) -> DbResult<usize> {
    if new.is_empty() {
        return Ok(0);
    }
    let first = next_position(tx, broadcast).await?;
    let mut insert = Sql::<()>::new(
        "INSERT INTO broadcast_recipients (tenant_id, broadcast_id, position, number, number_raw, name, contact_id, cover, state) VALUES ",
    )
    .once();
    let mut comma = "(";
    for (position, new) in (first..).zip(new) {
        insert = insert
            .sql(comma)
            .str(&tenant)
            .sql(", ")
            .str(&broadcast)
            .sql(", ")
            .int(position)
            .sql(", ")
            .str(&new.number)
            .sql(", ")
            .str(&new.number_raw)
            .sql(", ")
            .str(&new.name)
            .sql(", ")
            .opt_str(new.contact.as_ref())
            .sql(", ")
            .str(&new.cover)
            .sql(", 'waiting'");
        comma = "), (";
    }
    let insert = insert.sql(") ON CONFLICT (broadcast_id, number) DO NOTHING");
    Ok(on_either!(tx, conn => insert.execute(conn).await)?)
}

async fn next_position(tx: &mut Tx, broadcast: BroadcastId) -> DbResult<i64> {
    let last = Sql::<(Nullable<BigInt>,)>::new(
        "SELECT max(position) FROM broadcast_recipients WHERE broadcast_id = ",
    )
    .str(&broadcast);
    let (last,): (Option<i64>,) = on_either!(tx, conn => last.get_result(conn).await)?;
    Ok(last.map_or(0, |last| last + 1))
}

/// Gives a broadcast the recipients of another one that are in this state, and says how many.
///
/// # Errors
/// When the query fails.
pub async fn copy_recipients(
    tx: &mut Tx,
    tenant: TenantId,
    (from, to): (BroadcastId, BroadcastId),
    state: RecipientState,
) -> DbResult<usize> {
    let copy = Sql::<()>::new(
        "INSERT INTO broadcast_recipients (tenant_id, broadcast_id, position, number, number_raw, name, contact_id, cover, state) \
         SELECT r.tenant_id, ",
    )
    .str(&to)
    .sql(
        ", r.position, r.number, r.number_raw, r.name, r.contact_id, r.cover, 'waiting' \
         FROM broadcast_recipients r WHERE r.tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND r.broadcast_id = ")
    .str(&from)
    .sql(" AND r.state = ")
    .str(&state);
    Ok(on_either!(tx, conn => copy.execute(conn).await)?)
}

/// Recipients in their order, `limit` of them after `offset`; only those in `state`, if one is given.
///
/// # Errors
/// When the query fails.
pub async fn recipients(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    state: Option<RecipientState>,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<Recipient>> {
    let page = of(tenant, broadcast, state)
        .sql(" ORDER BY position LIMIT ")
        .int(limit)
        .sql(" OFFSET ")
        .int(offset);
    let rows: Vec<Found> = on_either!(tx, conn => page.load(conn).await)?;
    Ok(rows.into_iter().map(recipient).collect())
}

/// The same behind a position, for who reads them all.
///
/// # Errors
/// When the query fails.
pub async fn recipients_behind(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    state: Option<RecipientState>,
    position: i64,
    limit: i64,
) -> DbResult<Vec<Recipient>> {
    let page = of(tenant, broadcast, state)
        .sql(" AND position > ")
        .int(position)
        .sql(" ORDER BY position LIMIT ")
        .int(limit);
    let rows: Vec<Found> = on_either!(tx, conn => page.load(conn).await)?;
    Ok(rows.into_iter().map(recipient).collect())
}

/// The next whose fax is not made.
///
/// # Errors
/// When the query fails.
pub async fn next_waiting(
    tx: &mut Tx,
    tenant: TenantId,
    broadcast: BroadcastId,
    limit: i64,
) -> DbResult<Vec<Recipient>> {
    recipients(
        tx,
        tenant,
        broadcast,
        Some(RecipientState::Waiting),
        limit,
        0,
    )
    .await
}

fn of(tenant: TenantId, broadcast: BroadcastId, state: Option<RecipientState>) -> Sql<Row> {
    let own = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" AND broadcast_id = ")
        .str(&broadcast);
    match state {
        Some(state) => own.sql(" AND state = ").str(&state),
        None => own,
    }
}

/// Passes over recipients that wait, each for a reason.
///
/// # Errors
/// When the query fails.
pub async fn skip(
    tx: &mut Tx,
    broadcast: BroadcastId,
    skipped: &[(i64, String)],
    now: Timestamp,
) -> DbResult<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    let mut update = Sql::<()>::new("WITH v (position, reason) AS (VALUES ").once();
    let mut comma = "(";
    for (position, reason) in skipped {
        update = update.sql(comma).int(*position).sql(", ").str(reason);
        comma = "), (";
    }
    let update = update
        .sql(")) UPDATE broadcast_recipients SET state = 'skipped', reason = v.reason, finished_at = ")
        .at(now)
        .sql(" FROM v WHERE broadcast_recipients.position = v.position AND broadcast_recipients.broadcast_id = ")
        .str(&broadcast);
    on_either!(tx, conn => update.execute(conn).await)?;
    Ok(())
}

/// Ends up to `limit` of those whose fax is not made, without one; says how many.
///
/// # Errors
/// When the query fails.
pub async fn end_waiting(
    tx: &mut Tx,
    broadcast: BroadcastId,
    state: RecipientState,
    reason: &str,
    limit: i64,
    now: Timestamp,
) -> DbResult<usize> {
    let update = Sql::<()>::new("UPDATE broadcast_recipients SET state = ")
        .str(&state)
        .sql(", reason = ")
        .str(&reason)
        .sql(", finished_at = ")
        .at(now)
        .sql(" WHERE broadcast_id = ")
        .str(&broadcast)
        .sql(" AND position IN (SELECT position FROM broadcast_recipients WHERE state = 'waiting' AND broadcast_id = ")
        .str(&broadcast)
        .sql(" ORDER BY position LIMIT ")
        .int(limit)
        .sql(")");
    Ok(on_either!(tx, conn => update.execute(conn).await)?)
}
