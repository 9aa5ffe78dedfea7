//! Attempts: the calls placed for queue items. A row is written *before* anything is dialled.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{
    AttemptId, AttemptPhase, CallUuid, FailureClass, FaxId, ItemId, ItemState, LineSettings,
    Outcome, TenantId, Timestamp,
};

use crate::column::{At, OptWord, Word, signed};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{attempts, queue_items as items};
use crate::tx::{System, Tx};

/// A call, placed or about to be.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = attempts, check_for_backend(Pg, Sqlite))]
pub struct Attempt {
    /// Its id.
    #[diesel(deserialize_as = Word<AttemptId>)]
    pub id: AttemptId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// The fax.
    #[diesel(deserialize_as = Word<FaxId>)]
    pub fax_id: FaxId,
    /// The recipient.
    #[diesel(deserialize_as = Word<ItemId>)]
    pub item_id: ItemId,
    /// Counted from 1 within the item.
    pub number: i32,
    /// The item's fence, under which it may be changed.
    pub fence: i64,
    /// The call leg's uuid in FreeSWITCH.
    #[diesel(deserialize_as = Word<CallUuid>)]
    pub call_uuid: CallUuid,
    /// The FreeSWITCH that is to place the call.
    pub lane: String,
    /// That FreeSWITCH's `core_uuid` when the intent was written.
    pub core_uuid: String,
    /// The first page to send, 0-based.
    pub start_page: i32,
    /// Pages of the document.
    pub total_pages: i32,
    /// How far it has come.
    #[diesel(deserialize_as = Word<AttemptPhase>)]
    pub phase: AttemptPhase,
    /// Pages confirmed in this call.
    pub transferred: i32,
    /// How it ended.
    #[diesel(deserialize_as = OptWord<Outcome>)]
    pub outcome: Option<Outcome>,
    /// The kind of failure.
    #[diesel(deserialize_as = OptWord<FailureClass>)]
    pub class: Option<FailureClass>,
    /// The hang-up cause.
    pub cause: Option<String>,
    /// SpanDSP's code.
    pub code: Option<i32>,
    /// Seconds from answer to end.
    pub duration: i32,
    /// What the far fax machine calls itself: foreign text.
    pub remote_station_id: Option<String>,
    /// After this moment the command may no longer leave.
    #[diesel(deserialize_as = At)]
    pub send_by: Timestamp,
    /// After this moment the call cannot be right.
    #[diesel(deserialize_as = At)]
    pub overdue_at: Timestamp,
    /// When the intent was written.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// What of the line's abilities the call may use; `None`: all.
    #[diesel(deserialize_as = OptWord<LineSettings>)]
    pub line_settings: Option<LineSettings>,
    /// What settled it, for people.
    pub evidence: Option<String>,
    /// What it cost, in millionths of the currency.
    pub cost: i64,
    /// The carrier's own id of the fax, once it is known; `None` for a call of FreeSWITCH's.
    pub carrier_id: Option<String>,
}

/// Writes the intent to dial, and makes the item active, under its fence. `false`: somebody else has the item, or it was
/// canceled; then nothing was written and nothing may be dialled.
///
/// # Errors
/// When the query fails.
pub async fn intend(tx: &mut Tx, attempt: &Attempt) -> DbResult<bool> {
    let claimed: Option<bool> = on_either!(tx, conn => {
        diesel::update(
            items::table
                .filter(items::tenant_id.eq(Word(attempt.tenant_id)))
                .filter(items::id.eq(Word(attempt.item_id)))
                .filter(items::fence.eq(attempt.fence))
                .filter(items::state.eq(Word(ItemState::Claimed)))
                .filter(items::cancel_requested.eq(false)),
        )
        .set((
            items::state.eq(Word(ItemState::Active)),
            items::attempts.eq(attempt.number),
            items::updated_at.eq(At(attempt.created_at)),
        ))
        .returning(items::simulated)
        .get_result(conn)
        .await
        .optional()
    })?;
    let Some(simulated) = claimed else {
        return Ok(false);
    };
    on_either!(tx, conn => {
        diesel::insert_into(attempts::table)
            .values((
                attempts::id.eq(Word(attempt.id)),
                attempts::tenant_id.eq(Word(attempt.tenant_id)),
                attempts::fax_id.eq(Word(attempt.fax_id)),
                attempts::item_id.eq(Word(attempt.item_id)),
                attempts::number.eq(attempt.number),
                attempts::fence.eq(attempt.fence),
                attempts::call_uuid.eq(Word(attempt.call_uuid)),
                attempts::lane.eq(&attempt.lane),
                attempts::core_uuid.eq(&attempt.core_uuid),
                attempts::start_page.eq(attempt.start_page),
                attempts::total_pages.eq(attempt.total_pages),
                attempts::phase.eq(Word(attempt.phase)),
                attempts::send_by.eq(At(attempt.send_by)),
                attempts::overdue_at.eq(At(attempt.overdue_at)),
                attempts::created_at.eq(At(attempt.created_at)),
                attempts::line_settings.eq(Word::opt(attempt.line_settings)),
                attempts::simulated.eq(simulated),
            ))
            .execute(conn)
            .await
    })?;
    Ok(true)
}

/// The open attempt of an item, taken over under the item's new fence.
///
/// # Errors
/// When the query fails.
pub async fn adopt(tx: &mut System, item: ItemId, fence: i64) -> DbResult<Option<Attempt>> {
    Ok(on_either!(tx, conn => {
        diesel::update(
            attempts::table
                .filter(attempts::item_id.eq(Word(item)))
                .filter(attempts::phase.ne(Word(AttemptPhase::Settled))),
        )
        .set(attempts::fence.eq(fence))
        .returning(Attempt::as_returning())
        .get_result(conn)
        .await
        .optional()
    })?)
}

/// The attempt that has this call.
///
/// # Errors
/// When the query fails.
pub async fn by_call(tx: &mut System, call: CallUuid) -> DbResult<Option<Attempt>> {
    Ok(on_either!(tx, conn => {
        attempts::table
            .filter(attempts::call_uuid.eq(Word(call)))
            .select(Attempt::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The attempt of this id.
///
/// # Errors
/// When the query fails.
pub async fn by_id(tx: &mut System, id: AttemptId) -> DbResult<Option<Attempt>> {
    Ok(on_either!(tx, conn => {
        attempts::table
            .find(Word(id))
            .select(Attempt::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// An item's attempts, in order.
///
/// # Errors
/// When the query fails.
pub async fn of_item(tx: &mut Tx, tenant: TenantId, item: ItemId) -> DbResult<Vec<Attempt>> {
    Ok(on_either!(tx, conn => {
        attempts::table
            .filter(attempts::tenant_id.eq(Word(tenant)))
            .filter(attempts::item_id.eq(Word(item)))
            .select(Attempt::as_select())
            .order(attempts::number)
            .load(conn)
            .await
    })?)
}

/// Writes progress down, under the fence. `false`: somebody else has the attempt.
///
/// # Errors
/// When the query fails.
pub async fn progress(
    tx: &mut Tx,
    attempt: &Attempt,
    phase: AttemptPhase,
    transferred: u32,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            attempts::table
                .filter(attempts::tenant_id.eq(Word(attempt.tenant_id)))
                .filter(attempts::id.eq(Word(attempt.id)))
                .filter(attempts::fence.eq(attempt.fence))
                .filter(attempts::phase.ne(Word(AttemptPhase::Settled))),
        )
        .set((
            attempts::phase.eq(Word(phase)),
            attempts::transferred.eq(signed(transferred)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// Opens an attempt again of which nobody knew how it ended, or whether it was ever dialled, to be settled anew in the same
/// transaction. `false`: it is open, or its end is known.
///
/// # Errors
/// When the query fails.
pub async fn reopen(tx: &mut Tx, attempt: &Attempt) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            attempts::table
                .filter(attempts::tenant_id.eq(Word(attempt.tenant_id)))
                .filter(attempts::id.eq(Word(attempt.id)))
                .filter(attempts::phase.eq(Word(AttemptPhase::Settled)))
                .filter(attempts::outcome.eq_any([Outcome::Unknown, Outcome::NeverDialled].map(Word))),
        )
        .set(attempts::phase.eq(Word(AttemptPhase::Placed)))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// How an attempt ended, for its row.
#[derive(Clone, Debug)]
pub struct Ending {
    /// How it ended.
    pub outcome: Outcome,
    /// The kind of failure.
    pub class: Option<FailureClass>,
    /// The hang-up cause.
    pub cause: Option<String>,
    /// SpanDSP's code.
    pub code: Option<u8>,
    /// Pages confirmed in this call.
    pub transferred: u32,
    /// Seconds from answer to end.
    pub duration: u32,
    /// What the far fax machine calls itself: foreign text.
    pub remote_station_id: Option<String>,
    /// What settled it, for people.
    pub evidence: Option<String>,
    /// What it cost, in millionths of the currency.
    pub cost: u64,
}

/// Settles an attempt, under the fence, once. `false`: it is settled already, or somebody else has it.
///
/// # Errors
/// When the query fails.
pub async fn settle(
    tx: &mut Tx,
    attempt: &Attempt,
    ending: &Ending,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            attempts::table
                .filter(attempts::tenant_id.eq(Word(attempt.tenant_id)))
                .filter(attempts::id.eq(Word(attempt.id)))
                .filter(attempts::fence.eq(attempt.fence))
                .filter(attempts::phase.ne(Word(AttemptPhase::Settled))),
        )
        .set((
            attempts::phase.eq(Word(AttemptPhase::Settled)),
            attempts::outcome.eq(Word(ending.outcome)),
            attempts::class.eq(Word::opt(ending.class)),
            attempts::cause.eq(&ending.cause),
            attempts::code.eq(ending.code.map(i32::from)),
            attempts::transferred.eq(signed(ending.transferred)),
            attempts::duration.eq(signed(ending.duration)),
            attempts::remote_station_id.eq(&ending.remote_station_id),
            attempts::evidence.eq(&ending.evidence),
            attempts::cost.eq(i64::try_from(ending.cost).unwrap_or(i64::MAX)),
            attempts::settled_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// Writes down the carrier's own id of the fax that an attempt became. `false`: there is no such attempt, or it has one.
///
/// # Errors
/// When the query fails.
pub async fn note_carrier_id(tx: &mut System, attempt: AttemptId, id: &str) -> DbResult<bool> {
    let noted = on_either!(tx, conn => {
        diesel::update(
            attempts::table
                .find(Word(attempt))
                .filter(attempts::carrier_id.is_null()),
        )
        .set(attempts::carrier_id.eq(id))
        .execute(conn)
        .await
    })?;
    Ok(noted > 0)
}

/// The attempt that became this fax at a carrier.
///
/// # Errors
/// When the query fails.
pub async fn by_carrier_id(tx: &mut System, id: &str) -> DbResult<Option<Attempt>> {
    Ok(on_either!(tx, conn => {
        attempts::table
            .filter(attempts::carrier_id.eq(id))
            .select(Attempt::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}
