//! Tenants' shares of the lines: what claims have to know of them.
//!
//! Only claims write shares, one claim at a time. Everybody else leaves a note in the transaction of the change, and the
//! next claim takes it in: so nobody waits for a claim, and no claim for anybody.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::share_notes as notes;
use crate::tx::Tx;

/// Something of the tenant is due at `due_at`: no claim after that moment overlooks it.
///
/// # Errors
/// When the query fails.
pub async fn look_at(
    tx: &mut Tx,
    tenant: TenantId,
    simulated: bool,
    due_at: Timestamp,
) -> DbResult<()> {
    note(tx, tenant, simulated, Some(due_at), 0).await
}

/// The tenant used `line_ms` milliseconds of line time beyond what it was charged; negative: it was charged too much.
///
/// # Errors
/// When the query fails.
pub async fn correct(tx: &mut Tx, tenant: TenantId, simulated: bool, line_ms: i64) -> DbResult<()> {
    note(tx, tenant, simulated, None, line_ms).await
}

/// Leaves a note, even one that says nothing: the end of a call makes room for another.
pub(crate) async fn note(
    tx: &mut Tx,
    tenant: TenantId,
    simulated: bool,
    due_at: Option<Timestamp>,
    line_ms: i64,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(notes::table)
            .values((
                notes::tenant_id.eq(Word(tenant)),
                notes::simulated.eq(simulated),
                notes::due_at.eq(due_at.map(At)),
                notes::line_ms.eq(line_ms),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}
