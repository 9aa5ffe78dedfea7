//! Domains of senders that an operator has confirmed to be a tenant's.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::mail_domains;
use crate::tx::{System, Tx};

/// The domain, in lower case, is this tenant's from now on, unless it is somebody's already; whose it is then.
///
/// # Errors
/// When the query fails.
pub async fn confirm(
    tx: &mut System,
    tenant: TenantId,
    domain: &str,
    now: Timestamp,
) -> DbResult<Option<TenantId>> {
    on_either!(tx, conn => {
        diesel::insert_into(mail_domains::table)
            .values((
                mail_domains::domain.eq(domain),
                mail_domains::tenant_id.eq(Word(tenant)),
                mail_domains::created_at.eq(At(now)),
            ))
            .on_conflict(mail_domains::domain)
            .do_nothing()
            .execute(conn)
            .await
    })?;
    owner(tx, domain).await
}

/// The domain is not this tenant's any more. `false`: it never was.
///
/// # Errors
/// When the query fails.
pub async fn withdraw(tx: &mut System, tenant: TenantId, domain: &str) -> DbResult<bool> {
    let gone = on_either!(tx, conn => {
        diesel::delete(
            mail_domains::table
                .find(domain)
                .filter(mail_domains::tenant_id.eq(Word(tenant))),
        )
        .execute(conn)
        .await
    })?;
    Ok(gone == 1)
}

/// Whose the domain is.
///
/// # Errors
/// When the query fails.
pub async fn owner(tx: &mut System, domain: &str) -> DbResult<Option<TenantId>> {
    let found: Option<Word<TenantId>> = on_either!(tx, conn => {
        mail_domains::table
            .find(domain)
            .select(mail_domains::tenant_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(|word| word.0))
}

/// The tenant's domains.
///
/// # Errors
/// When the query fails.
pub async fn of_tenant(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<String>> {
    Ok(on_either!(tx, conn => {
        mail_domains::table
            .filter(mail_domains::tenant_id.eq(Word(tenant)))
            .select(mail_domains::domain)
            .order(mail_domains::domain)
            .load(conn)
            .await
    })?)
}
