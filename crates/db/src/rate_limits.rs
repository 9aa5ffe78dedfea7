//! A tenant's own quotas.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{RateLimits, TenantId};

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::tenants;
use crate::tx::System;

/// Gives a tenant's users these quotas; what is not set is as for everybody. `false`: no such tenant.
///
/// # Errors
/// When the query fails.
pub async fn set(tx: &mut System, tenant: TenantId, limits: &RateLimits) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant)))
            .set(tenants::rate_limits.eq(Word(limits.clone())))
            .execute(conn)
            .await
    })?;
    Ok(changed == 1)
}
