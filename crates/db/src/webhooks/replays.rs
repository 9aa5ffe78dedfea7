//! Where in a tenant's event log a time begins.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{fax_events, tenants};
use crate::tx::Tx;

/// A number such that the entries of the tenant's event log up to it happened before `then`: 0, or the number of one of them. Entries
/// are numbered in the order of their commits, so near it some may stand out of the order of their times.
///
/// # Errors
/// When the query fails.
pub async fn seq_before(tx: &mut Tx, tenant: TenantId, then: Timestamp) -> DbResult<i64> {
    let last: Option<i64> = on_either!(tx, conn => {
        tenants::table
            .find(Word(tenant))
            .select(tenants::last_event_seq)
            .first(conn)
            .await
            .optional()
    })?;
    // Everything up to `before` is known to be earlier, nothing from `from` on.
    let (mut before, mut from) = (0, last.unwrap_or(0) + 1);
    while from - before > 1 {
        let middle = before + (from - before) / 2;
        let at: Option<At> = on_either!(tx, conn => {
            fax_events::table
                .find((Word(tenant), middle))
                .select(fax_events::at)
                .first(conn)
                .await
                .optional()
        })?;
        // What is gone was old.
        match at.map(Timestamp::from) {
            Some(at) if at >= then => from = middle,
            _ => before = middle,
        }
    }
    Ok(before)
}
