//! What a switch told of a call that is over, kept until the call's attempt is settled from it: any node may receive it,
//! and only one follows the call.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{CallUuid, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::call_records;
use crate::tx::System;

/// A call's record (CDR).
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = call_records, check_for_backend(Pg, Sqlite))]
pub struct CallRecord {
    /// Which call.
    #[diesel(deserialize_as = Word<CallUuid>)]
    pub call_uuid: CallUuid,
    /// Where it came from: a switch's name, or the way that it took.
    pub source: String,
    /// The record, as it came.
    pub body: String,
    /// When we received it.
    #[diesel(deserialize_as = At)]
    pub received_at: Timestamp,
}

/// Keeps a record, and tells whether it is new: a call has one, and whoever sends it again changes nothing.
///
/// # Errors
/// When the query fails.
pub async fn put(tx: &mut System, record: &CallRecord) -> DbResult<bool> {
    let new = on_either!(tx, conn => {
        diesel::insert_into(call_records::table)
            .values((
                call_records::call_uuid.eq(Word(record.call_uuid)),
                call_records::source.eq(&record.source),
                call_records::body.eq(&record.body),
                call_records::received_at.eq(At(record.received_at)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(new > 0)
}

/// A call's record.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut System, call: CallUuid) -> DbResult<Option<CallRecord>> {
    Ok(on_either!(tx, conn => {
        call_records::table
            .filter(call_records::call_uuid.eq(Word(call)))
            .select(CallRecord::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The calls of which there is a record, each with when it was received: up to `limit`, those that came first before the
/// others.
///
/// # Errors
/// When the query fails.
pub async fn waiting(tx: &mut System, limit: u32) -> DbResult<Vec<(CallUuid, Timestamp)>> {
    let rows: Vec<(Word<CallUuid>, At)> = on_either!(tx, conn => {
        call_records::table
            .order((call_records::received_at, call_records::call_uuid))
            .limit(limit.into())
            .select((call_records::call_uuid, call_records::received_at))
            .load(conn)
            .await
    })?;
    Ok(rows.into_iter().map(|(call, at)| (call.0, at.0)).collect())
}

/// Deletes a call's record, and tells whether there was one.
///
/// # Errors
/// When the query fails.
pub async fn delete(tx: &mut System, call: CallUuid) -> DbResult<bool> {
    let gone = on_either!(tx, conn => {
        diesel::delete(call_records::table.filter(call_records::call_uuid.eq(Word(call))))
            .execute(conn)
            .await
    })?;
    Ok(gone > 0)
}

/// Deletes the records received before then, and tells how many: those of calls that nobody here placed.
///
/// # Errors
/// When the query fails.
pub async fn delete_older_than(tx: &mut System, then: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(call_records::table.filter(call_records::received_at.lt(At(then))))
            .execute(conn)
            .await
    })?)
}
