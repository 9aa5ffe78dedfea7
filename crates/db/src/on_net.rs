//! Attempts that end inside the gateway: whoever hands one over, and whoever makes sure that nobody ever will, holds its row.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::CallUuid;

use crate::attempts::Attempt;
use crate::column::Word;
use crate::connection::Conn;
use crate::error::DbResult;
use crate::schema::attempts;
use crate::tx::System;

/// The attempt that has this call; nobody else changes it, or gets it from here, before this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock_attempt(tx: &mut System, call: CallUuid) -> DbResult<Option<Attempt>> {
    let one = attempts::table.filter(attempts::call_uuid.eq(Word(call)));
    let found = match tx.conn() {
        Conn::Postgres(conn) => one
            .select(Attempt::as_select())
            .for_no_key_update()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => one
            .select(Attempt::as_select())
            .first(conn)
            .await
            .optional(),
    }?;
    tx.succeeded();
    Ok(found)
}
