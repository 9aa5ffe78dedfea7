//! What changed since the last claim.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::share_notes as notes;
use crate::tx::Tx;

/// A claim takes in at most so many.
const MOST: i64 = 1000;

/// All notes on one share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    /// Something is due then.
    pub(super) due_at: Option<Timestamp>,
    /// Line time used beyond what was charged.
    pub(super) line_ms: i64,
}

/// Takes the notes away. `true`: there may be more.
pub(super) async fn take(
    tx: &mut Tx,
    simulated: bool,
) -> DbResult<(HashMap<TenantId, Note>, bool)> {
    let oldest: Vec<i64> = on_either!(tx, conn => {
        notes::table
            .filter(notes::simulated.eq(simulated))
            .select(notes::id)
            .order(notes::id)
            .limit(MOST)
            .load(conn)
            .await
    })?;
    let mut by_tenant: HashMap<TenantId, Note> = HashMap::new();
    if oldest.is_empty() {
        return Ok((by_tenant, false));
    }
    let is_full = i64::try_from(oldest.len()).is_ok_and(|count| count == MOST);
    let taken: Vec<(Word<TenantId>, OptAt, i64)> = on_either!(tx, conn => {
        diesel::delete(notes::table.filter(notes::id.eq_any(oldest)))
            .returning((notes::tenant_id, notes::due_at, notes::line_ms))
            .get_results(conn)
            .await
    })?;
    for (tenant, due_at, line_ms) in taken {
        let note = by_tenant.entry(tenant.0).or_default();
        let due_at: Option<Timestamp> = due_at.into();
        note.due_at = [note.due_at, due_at].into_iter().flatten().min();
        note.line_ms = note.line_ms.saturating_add(line_ms);
    }
    Ok((by_tenant, is_full))
}
