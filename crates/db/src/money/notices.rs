//! What tenants were told of their limits.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::TenantId;

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::limit_notices as notices;
use crate::tx::Tx;

/// That a limit is reached, or nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitNotice<'a> {
    /// The limit: `minutes_per_day`.
    pub name: &'a str,
    /// The day or the month: `2026-01-15`, `2026-01`.
    pub period: &'a str,
    /// The share of it that is used up: 80 or 100.
    pub percent: u8,
    /// How much it allows.
    pub most: u64,
}

/// Takes it on oneself to tell the tenant. `false`: somebody did before.
///
/// # Errors
/// When the query fails.
pub async fn take(tx: &mut Tx, tenant: TenantId, notice: LimitNotice<'_>) -> DbResult<bool> {
    let taken = on_either!(tx, conn => {
        diesel::insert_into(notices::table)
            .values((
                notices::tenant_id.eq(Word(tenant)),
                notices::name.eq(notice.name),
                notices::period.eq(notice.period),
                notices::percent.eq(i32::from(notice.percent)),
                notices::most.eq(i64::try_from(notice.most).unwrap_or(i64::MAX)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(taken == 1)
}
