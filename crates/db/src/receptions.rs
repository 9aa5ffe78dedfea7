//! What came in, before anybody knows whose it is. Kept for ever, for the operator.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ReceptionId, TenantId, Timestamp};

use crate::column::{At, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::receptions;
use crate::tx::System;

/// An inbound fax, from the first notice of it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = receptions, check_for_backend(Pg, Sqlite))]
pub struct Reception {
    /// Its id.
    #[diesel(deserialize_as = Word<ReceptionId>)]
    pub id: ReceptionId,
    /// The call or message that brought it; the same fax is told of by several witnesses.
    pub call_key: String,
    /// Which witness came first.
    pub source: String,
    /// The number that was dialled: foreign text.
    pub to_number: String,
    /// The notice, as JSON.
    pub notice: String,
    /// Where its bytes are, if they came with the notice.
    pub file_key: Option<String>,
    /// `waiting`, `delivered`, `unmatched` or `unreadable`.
    pub state: String,
    /// Whose it is, once that is known.
    #[diesel(deserialize_as = OptWord<TenantId>)]
    pub tenant_id: Option<TenantId>,
    /// The fax it became.
    #[diesel(deserialize_as = OptWord<FaxId>)]
    pub fax_id: Option<FaxId>,
    /// What is wrong with it, for people.
    pub error: Option<String>,
    /// When the first notice came.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
}

impl Reception {
    /// What was told of it, and what it has become: while none of this changes, work on it holds good.
    #[must_use]
    pub fn told(&self) -> (&str, Option<&str>, Option<FaxId>) {
        (&self.notice, self.file_key.as_deref(), self.fax_id)
    }
}

/// Stores a notice. `false`: this fax is known already.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut System, new: &Reception) -> DbResult<bool> {
    let inserted = on_either!(tx, conn => {
        diesel::insert_into(receptions::table)
            .values((
                receptions::id.eq(Word(new.id)),
                receptions::call_key.eq(&new.call_key),
                receptions::source.eq(&new.source),
                receptions::to_number.eq(&new.to_number),
                receptions::notice.eq(&new.notice),
                receptions::file_key.eq(&new.file_key),
                receptions::state.eq(&new.state),
                receptions::created_at.eq(At(new.created_at)),
                receptions::updated_at.eq(At(new.created_at)),
            ))
            .on_conflict(receptions::call_key)
            .do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(inserted == 1)
}

/// The reception with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, id: ReceptionId) -> DbResult<Option<Reception>> {
    Ok(on_either!(tx, conn => {
        receptions::table
            .find(Word(id))
            .select(Reception::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The reception that this call or message brought.
///
/// # Errors
/// When the query fails.
pub async fn by_call(tx: &mut System, call_key: &str) -> DbResult<Option<Reception>> {
    Ok(on_either!(tx, conn => {
        receptions::table
            .filter(receptions::call_key.eq(call_key))
            .select(Reception::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The reception that this call or message brought, locked until the transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock_by_call(tx: &mut System, call_key: &str) -> DbResult<Option<Reception>> {
    let one = receptions::table.filter(receptions::call_key.eq(call_key));
    let found = match tx.conn() {
        Conn::Postgres(conn) => one
            .select(Reception::as_select())
            .for_no_key_update()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => one
            .select(Reception::as_select())
            .first(conn)
            .await
            .optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// Receptions in one state, or all, oldest first, at most `limit`.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System, state: Option<&str>, limit: i64) -> DbResult<Vec<Reception>> {
    Ok(on_either!(tx, conn => {
        let mut query = receptions::table
            .select(Reception::as_select())
            .order((receptions::created_at, receptions::id))
            .limit(limit)
            .into_boxed();
        if let Some(state) = state {
            query = query.filter(receptions::state.eq(state));
        }
        query.load(conn).await
    })?)
}

/// Writes down what became of a reception.
///
/// # Errors
/// When the query fails.
pub async fn update(tx: &mut System, reception: &Reception, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(receptions::table.find(Word(reception.id)))
            .set((
                receptions::source.eq(&reception.source),
                receptions::to_number.eq(&reception.to_number),
                receptions::notice.eq(&reception.notice),
                receptions::state.eq(&reception.state),
                receptions::file_key.eq(&reception.file_key),
                receptions::tenant_id.eq(Word::opt(reception.tenant_id)),
                receptions::fax_id.eq(Word::opt(reception.fax_id)),
                receptions::error.eq(&reception.error),
                receptions::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}
