//! The tries of a delivery.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{DeliveryId, TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::webhook_attempts as attempts;
use crate::tx::Tx;

/// A try.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attempts, check_for_backend(Pg, Sqlite))]
pub struct Attempt {
    /// Which, from 1.
    pub number: i32,
    /// When it began.
    #[diesel(deserialize_as = At)]
    pub started_at: Timestamp,
    /// How long it took. `None`: nobody knows how it ended.
    pub duration_ms: Option<i64>,
    /// The answer's status; `None`: there was no answer.
    pub status: Option<i32>,
    /// The beginning of what was answered.
    pub response_body: Option<String>,
    /// Why there was no answer, or why it was no good.
    pub error: Option<String>,
}

/// The tries of one of the tenant's deliveries, in order.
///
/// # Errors
/// When the query fails.
pub async fn of_delivery(
    tx: &mut Tx,
    tenant: TenantId,
    delivery: DeliveryId,
) -> DbResult<Vec<Attempt>> {
    Ok(on_either!(tx, conn => {
        attempts::table
            .filter(attempts::delivery_id.eq(Word(delivery)))
            .filter(attempts::tenant_id.eq(Word(tenant)))
            .select(Attempt::as_select())
            .order(attempts::number)
            .load(conn)
            .await
    })?)
}

pub(super) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    delivery: DeliveryId,
    attempt: &Attempt,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(attempts::table)
            .values((
                attempts::delivery_id.eq(Word(delivery)),
                attempts::number.eq(attempt.number),
                attempts::tenant_id.eq(Word(tenant)),
                attempts::started_at.eq(At(attempt.started_at)),
                attempts::duration_ms.eq(attempt.duration_ms),
                attempts::status.eq(attempt.status),
                attempts::response_body.eq(&attempt.response_body),
                attempts::error.eq(&attempt.error),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(())
}
