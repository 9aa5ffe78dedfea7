//! Broadcasts: one document to many recipients, a fax each.

mod aside;
mod fold;
mod make;
mod recipients;

use diesel::OptionalExtension as _;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{
    BroadcastId, BroadcastState, DocumentId, E164, RecipientState, Resolution, TenantId, Timestamp,
    UserId,
};

use crate::column::{At, OptAt, OptWord, UtcTimestamp, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::{System, Tx};

pub use aside::{Stopped, has_fax, is_paused, set_paused, stop_some};
pub use fold::take_in;
pub use make::{FaxesOf, NewFax, make_faxes};
pub use recipients::{
    NewRecipient, Recipient, add_recipients, copy_recipients, end_waiting, next_waiting,
    recipients, recipients_behind, skip,
};

/// Recipients by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([i64; 8]);

impl Counts {
    /// How many are in this state.
    #[must_use]
    pub fn of(&self, state: RecipientState) -> i64 {
        self.0[place(state)]
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.0.iter().sum()
    }

    /// Those whose fax is made and on its way.
    #[must_use]
    pub fn on_their_way(&self) -> i64 {
        self.of(RecipientState::Queued) + self.of(RecipientState::Sending)
    }

    /// So many more, or fewer, in this state.
    pub fn add(&mut self, state: RecipientState, more: i64) {
        self.0[place(state)] += more;
    }
}

const fn place(state: RecipientState) -> usize {
    match state {
        RecipientState::Waiting => 0,
        RecipientState::Queued => 1,
        RecipientState::Sending => 2,
        RecipientState::Sent => 3,
        RecipientState::Failed => 4,
        RecipientState::Skipped => 5,
        RecipientState::Canceled => 6,
        RecipientState::Unknown => 7,
    }
}

/// A broadcast.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadcast {
    /// Its id.
    pub id: BroadcastId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Who made it, while they are a user.
    pub user_id: Option<UserId>,
    /// Its name, for people.
    pub name: String,
    /// Its state.
    pub state: BroadcastState,
    /// What is sent, while it is kept.
    pub document_id: Option<DocumentId>,
    /// The sending DID, as it was typed.
    pub sender_number: String,
    /// The sending DID.
    pub sender: E164,
    /// How fine the pages are.
    pub resolution: Resolution,
    /// What all covers have in common: a JSON object; `None`: there is no cover.
    pub cover: Option<String>,
    /// Whether it only ever goes to the simulator.
    pub simulated: bool,
    /// Not before this moment.
    pub send_at: Option<Timestamp>,
    /// The broadcast whose failed recipients it has.
    pub retry_of: Option<BroadcastId>,
    /// Why it failed, or was set aside by itself; for people.
    pub error: Option<String>,
    /// Its recipients by state; they lag behind by the pace of its job.
    pub counts: Counts,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When its first fax could be made.
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

type Row = (
    (Text, Text, Nullable<Text>, Text, Text, Nullable<Text>),
    (Text, Text, Text, Nullable<Text>, Bool),
    (Nullable<UtcTimestamp>, Nullable<Text>, Nullable<Text>),
    (
        (BigInt, BigInt, BigInt, BigInt),
        (BigInt, BigInt, BigInt, BigInt),
    ),
    (
        UtcTimestamp,
        UtcTimestamp,
        Nullable<UtcTimestamp>,
        Nullable<UtcTimestamp>,
    ),
);
type Found = (
    (
        Word<BroadcastId>,
        Word<TenantId>,
        OptWord<UserId>,
        String,
        Word<BroadcastState>,
        OptWord<DocumentId>,
    ),
    (String, Word<E164>, Word<Resolution>, Option<String>, bool),
    (OptAt, OptWord<BroadcastId>, Option<String>),
    ((i64, i64, i64, i64), (i64, i64, i64, i64)),
    (At, At, OptAt, OptAt),
);

const COLUMNS: &str = "SELECT id, tenant_id, user_id, name, state, document_id, sender_number, sender_e164, resolution, cover, \
     simulated, send_at, retry_of, error, waiting, queued, sending, sent, failed, skipped, canceled, unknown, \
     created_at, updated_at, started_at, finished_at FROM broadcasts WHERE tenant_id = ";

fn broadcast(row: Found) -> Broadcast {
    let ((id, tenant, user, name, state, document), what, (send_at, retry_of, error), counts, at) =
        row;
    let (sender_number, sender, resolution, cover, simulated) = what;
    let ((waiting, queued, sending, sent), (failed, skipped, canceled, unknown)) = counts;
    Broadcast {
        id: id.0,
        tenant_id: tenant.0,
        user_id: user.into(),
        name,
        state: state.0,
        document_id: document.into(),
        sender_number,
        sender: sender.0,
        resolution: resolution.0,
        cover,
        simulated,
        send_at: send_at.into(),
        retry_of: retry_of.into(),
        error,
        counts: Counts([
            waiting, queued, sending, sent, failed, skipped, canceled, unknown,
        ]),
        created_at: at.0.0,
        updated_at: at.1.0,
        started_at: at.2.into(),
        finished_at: at.3.into(),
    }
}

/// Adds a broadcast, without recipients.
///
/// # Errors
/// When the query fails.
pub async fn add(tx: &mut Tx, new: &Broadcast) -> DbResult<()> {
    let insert = Sql::<()>::new(
        "INSERT INTO broadcasts (id, tenant_id, user_id, name, state, document_id, sender_number, sender_e164, resolution, cover, \
         simulated, send_at, retry_of, created_at, updated_at) VALUES (",
    )
    .str(&new.id)
    .sql(", ")
    .str(&new.tenant_id)
    .sql(", ")
    .opt_str(new.user_id.as_ref())
    .sql(", ")
    .str(&new.name)
    .sql(", ")
    .str(&new.state)
    .sql(", ")
    .opt_str(new.document_id.as_ref())
    .sql(", ")
    .str(&new.sender_number)
    .sql(", ")
    .str(&new.sender)
    .sql(", ")
    .str(&new.resolution)
    .sql(", ")
    .opt_str(new.cover.as_ref())
    .sql(", ")
    .flag(new.simulated)
    .sql(", ")
    .opt_at(new.send_at)
    .sql(", ")
    .opt_str(new.retry_of.as_ref())
    .sql(", ")
    .at(new.created_at)
    .sql(", ")
    .at(new.updated_at)
    .sql(")");
    on_either!(tx, conn => insert.execute(conn).await)?;
    Ok(())
}

/// The tenant's broadcast with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: BroadcastId) -> DbResult<Option<Broadcast>> {
    let own = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" AND id = ")
        .str(&id);
    let found: Option<Found> = on_either!(tx, conn => own.get_result(conn).await.optional())?;
    Ok(found.map(broadcast))
}

/// The tenant's broadcast with this id, locked until the transaction ends: whoever changes it, or its recipients, asks for it first.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut Tx, tenant: TenantId, id: BroadcastId) -> DbResult<Option<Broadcast>> {
    let own = Sql::<Row>::new(COLUMNS)
        .str(&tenant)
        .sql(" AND id = ")
        .str(&id);
    let found: Option<Found> = match tx.conn() {
        Conn::Postgres(conn) => own
            .sql(" FOR NO KEY UPDATE")
            .get_result(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => own.get_result(conn).await.optional(),
    }?;
    tx.succeeded();
    Ok(found.map(broadcast))
}

/// The tenant's broadcasts, newest first, `limit` of them after `offset`, and how many there are in all; only those in `state`, if one
/// is given.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    state: Option<BroadcastState>,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<Broadcast>)> {
    fn within<T>(all: Sql<T>, tenant: TenantId, state: Option<BroadcastState>) -> Sql<T> {
        let all = all.str(&tenant);
        match state {
            Some(state) => all.sql(" AND state = ").str(&state),
            None => all,
        }
    }
    let all = Sql::<(BigInt,)>::new("SELECT count(*) FROM broadcasts WHERE tenant_id = ");
    let all = within(all, tenant, state);
    let (total,): (i64,) = on_either!(tx, conn => all.get_result(conn).await)?;
    let page = within(Sql::<Row>::new(COLUMNS), tenant, state)
        .sql(" ORDER BY created_at DESC, id DESC LIMIT ")
        .int(limit)
        .sql(" OFFSET ")
        .int(offset);
    let rows: Vec<Found> = on_either!(tx, conn => page.load(conn).await)?;
    Ok((total, rows.into_iter().map(broadcast).collect()))
}

/// Writes down all that may change of a broadcast, its counts too.
///
/// # Errors
/// When the query fails.
pub async fn save(tx: &mut Tx, changed: &Broadcast, now: Timestamp) -> DbResult<()> {
    let counts = &changed.counts;
    let mut update = Sql::<()>::new("UPDATE broadcasts SET state = ")
        .str(&changed.state)
        .sql(", name = ")
        .str(&changed.name)
        .sql(", send_at = ")
        .opt_at(changed.send_at)
        .sql(", error = ")
        .opt_str(changed.error.as_ref())
        .sql(", started_at = ")
        .opt_at(changed.started_at)
        .sql(", finished_at = ")
        .opt_at(changed.finished_at)
        .sql(", updated_at = ")
        .at(now)
        .sql(", total = ")
        .int(counts.total());
    for (column, state) in [
        (", waiting = ", RecipientState::Waiting),
        (", queued = ", RecipientState::Queued),
        (", sending = ", RecipientState::Sending),
        (", sent = ", RecipientState::Sent),
        (", failed = ", RecipientState::Failed),
        (", skipped = ", RecipientState::Skipped),
        (", canceled = ", RecipientState::Canceled),
        (", unknown = ", RecipientState::Unknown),
    ] {
        update = update.sql(column).int(counts.of(state));
    }
    let update = update
        .sql(" WHERE tenant_id = ")
        .str(&changed.tenant_id)
        .sql(" AND id = ")
        .str(&changed.id);
    on_either!(tx, conn => update.execute(conn).await)?;
    Ok(())
}

/// Removes a broadcast with its list of recipients; their faxes stay. `false`: there is none with this id.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: BroadcastId) -> DbResult<bool> {
    let notes = Sql::<()>::new("DELETE FROM broadcast_notes WHERE broadcast_id = ").str(&id);
    on_either!(tx, conn => notes.execute(conn).await)?;
    aside::let_go(tx, tenant, id).await?;
    let delete = Sql::<()>::new("DELETE FROM broadcasts WHERE tenant_id = ")
        .str(&tenant)
        .sql(" AND id = ")
        .str(&id);
    let removed = on_either!(tx, conn => delete.execute(conn).await)?;
    Ok(removed == 1)
}

/// Broadcasts of which somebody has told something, and that have no job which would take it in; the first `limit` by id.
///
/// # Errors
/// When the query fails.
pub async fn told_of(tx: &mut System, limit: i64) -> DbResult<Vec<(TenantId, BroadcastId)>> {
    let told = Sql::<(Text, Text)>::new(
        "SELECT DISTINCT n.tenant_id, n.broadcast_id FROM broadcast_notes n JOIN broadcasts b ON b.id = n.broadcast_id \
         WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'broadcast' AND j.subject = n.tenant_id || '/' || n.broadcast_id) \
         ORDER BY n.broadcast_id LIMIT ",
    )
    .int(limit);
    let rows: Vec<(Word<TenantId>, Word<BroadcastId>)> =
        on_either!(tx, conn => told.load(conn).await)?;
    Ok(rows.into_iter().map(|(t, b)| (t.0, b.0)).collect())
}
