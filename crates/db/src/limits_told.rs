//! Which of its limits a tenant was told to have reached.

use diesel_async::RunQueryDsl;
use faxgate_types::TenantId;

use crate::connection::on_either;
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::usage::Day;

/// Notes that the tenant is told about `cap` on this day of its calendar. `false`: it was told before.
///
/// # Errors
/// When the query fails.
pub async fn note(tx: &mut Tx, tenant: TenantId, cap: &str, day: Day) -> DbResult<bool> {
    let note = Sql::<()>::new("INSERT INTO limits_told (tenant_id, cap, day) VALUES (")
        .str(&tenant)
        .sql(", ")
        .str(&cap)
        .sql(", ")
        .str(&day)
        .sql(
            ") ON CONFLICT (tenant_id, cap) DO UPDATE SET day = excluded.day \
             WHERE limits_told.day <> excluded.day",
        );
    let noted = on_either!(tx, conn => note.execute(conn).await)?;
    Ok(noted > 0)
}
