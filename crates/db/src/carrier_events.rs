//! What carriers told by webhook: kept by the event's id before it is answered, for they tell things twice, late and in any
//! order.

use chrono::DateTime;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{AttemptId, Timestamp};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::carrier_events as events;
use crate::tx::System;

/// An event, as a carrier told it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = events, check_for_backend(Pg, Sqlite))]
pub struct CarrierEvent {
    /// The carrier's name, a colon, and its id of the event.
    pub id: String,
    /// The carrier's name.
    pub carrier: String,
    /// The carrier's word for what happened: `fax.delivered`.
    pub kind: String,
    /// The carrier's id of the fax.
    pub fax_id: Option<String>,
    /// The attempt that the event names.
    #[diesel(deserialize_as = OptWord<AttemptId>)]
    pub attempt_id: Option<AttemptId>,
    /// When it happened, by the carrier's clock.
    #[diesel(deserialize_as = OptAt)]
    pub occurred_at: Option<Timestamp>,
    /// What it told, as JSON.
    pub body: String,
    /// When it first came.
    #[diesel(deserialize_as = At)]
    pub received_at: Timestamp,
    /// When use was made of it.
    #[diesel(deserialize_as = OptAt)]
    pub used_at: Option<Timestamp>,
}

/// Keeps an event, and tells whether it is new: one that comes again changes nothing.
///
/// # Errors
/// When the query fails.
pub async fn put(tx: &mut System, event: &CarrierEvent) -> DbResult<bool> {
    let new = on_either!(tx, conn => {
        diesel::insert_into(events::table)
            .values((
                events::id.eq(&event.id),
                events::carrier.eq(&event.carrier),
                events::kind.eq(&event.kind),
                events::fax_id.eq(&event.fax_id),
                events::attempt_id.eq(Word::opt(event.attempt_id)),
                events::occurred_at.eq(event.occurred_at.map(At)),
                events::body.eq(&event.body),
                events::received_at.eq(At(event.received_at)),
                events::used_at.eq(event.used_at.map(At)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(new > 0)
}

/// Where an event stands in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// When it first came.
    pub received_at: Timestamp,
    /// Its id, for those that came at once.
    pub id: String,
}

/// The events of a carrier that nobody has made use of: up to `limit`, those that came first before the others, and of these
/// only what stands behind `after`.
///
/// # Errors
/// When the query fails.
pub async fn waiting(
    tx: &mut System,
    carrier: &str,
    after: Option<&EventPlace>,
    limit: u32,
) -> DbResult<Vec<CarrierEvent>> {
    let (at, id) = after.map_or((At(Timestamp::new(DateTime::UNIX_EPOCH)), ""), |after| {
        (At(after.received_at), after.id.as_str())
    });
    Ok(on_either!(tx, conn => {
        events::table
            .filter(events::used_at.is_null())
            .filter(events::carrier.eq(carrier))
            .filter(events::received_at.ge(at))
            .filter(events::received_at.gt(at).or(events::id.gt(id)))
            .order((events::received_at, events::id))
            .limit(limit.into())
            .select(CarrierEvent::as_select())
            .load(conn)
            .await
    })?)
}

/// The events of one fax of a carrier's, in the order they came.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut System, fax: &str) -> DbResult<Vec<CarrierEvent>> {
    Ok(on_either!(tx, conn => {
        events::table
            .filter(events::fax_id.eq(fax))
            .order((events::received_at, events::id))
            .select(CarrierEvent::as_select())
            .load(conn)
            .await
    })?)
}

/// The first events that name an attempt, used or not: up to `limit`, in the order they came.
///
/// # Errors
/// When the query fails.
pub async fn of_attempt(
    tx: &mut System,
    attempt: AttemptId,
    limit: u32,
) -> DbResult<Vec<CarrierEvent>> {
    Ok(on_either!(tx, conn => {
        events::table
            .filter(events::attempt_id.eq(Word(attempt)))
            .order((events::received_at, events::id))
            .limit(limit.into())
            .select(CarrierEvent::as_select())
            .load(conn)
            .await
    })?)
}

/// Writes down that use was made of an event. `false`: somebody else has, or there is none.
///
/// # Errors
/// When the query fails.
pub async fn mark_used(tx: &mut System, id: &str, now: Timestamp) -> DbResult<bool> {
    let used = on_either!(tx, conn => {
        diesel::update(events::table.find(id).filter(events::used_at.is_null()))
            .set(events::used_at.eq(At(now)))
            .execute(conn)
            .await
    })?;
    Ok(used > 0)
}

/// Deletes the events received before then that use was made of, and tells how many.
///
/// # Errors
/// When the query fails.
pub async fn delete_used_before(tx: &mut System, then: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(
            events::table
                .filter(events::received_at.lt(At(then)))
                .filter(events::used_at.is_not_null()),
        )
        .execute(conn)
        .await
    })?)
}
