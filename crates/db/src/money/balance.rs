//! Prepaid balances: two sums a tenant, what it has and what of it is set aside for calls.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use super::entries::{self, Posting};
use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::balances;
use crate::tx::Tx;

/// A tenant's balance. Amounts are millionths of the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = balances, check_for_backend(Pg, Sqlite))]
pub struct Balance {
    /// Whether new calls need money here.
    pub prepaid: bool,
    /// What is left of what was paid; below zero only for what had happened already when it was charged.
    pub balance: i64,
    /// What of it is held for calls that are open, or of which nobody knows the end.
    pub held: i64,
    /// Below this much the tenant is told.
    pub low_mark: Option<i64>,
    /// What the tenant was told since there was enough: see [`Told`].
    pub told: i32,
    /// The number of the last entry, which is how many there are.
    pub last_seq: i64,
}

/// What a tenant was told of its balance since there was enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Told {
    /// Nothing.
    Nothing = 0,
    /// That it is low.
    Low = 1,
    /// That a call waits for money.
    Reached = 2,
}

impl Balance {
    /// What new calls can be begun with.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.balance.saturating_sub(self.held)
    }

    /// Whether the tenant has not been told this yet.
    #[must_use]
    pub const fn is_news(&self, told: Told) -> bool {
        self.told < told as i32
    }
}

/// The tenant's balance, if it ever had one.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<Balance>> {
    Ok(on_either!(tx, conn => {
        balances::table
            .find(Word(tenant))
            .select(Balance::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The tenant's balance, begun at zero if it never had one; nobody else changes it until the transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut Tx, tenant: TenantId, now: Timestamp) -> DbResult<Balance> {
    on_either!(tx, conn => {
        diesel::insert_into(balances::table)
            .values((
                balances::tenant_id.eq(Word(tenant)),
                balances::updated_at.eq(At(now)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    let balance = match tx.conn() {
        Conn::Postgres(conn) => {
            balances::table
                .find(Word(tenant))
                .select(Balance::as_select())
                .for_no_key_update()
                .first(conn)
                .await?
        }
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => {
            balances::table
                .find(Word(tenant))
                .select(Balance::as_select())
                .first(conn)
                .await?
        }
    };
    tx.succeeded();
    Ok(balance)
}

/// Changes how the balance is kept; the row must be there.
///
/// # Errors
/// When the query fails.
pub async fn configure(
    tx: &mut Tx,
    tenant: TenantId,
    prepaid: bool,
    low_mark: Option<i64>,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(balances::table.find(Word(tenant)))
            .set((
                balances::prepaid.eq(prepaid),
                balances::low_mark.eq(low_mark),
                balances::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Writes down what the tenant was told.
///
/// # Errors
/// When the query fails.
pub async fn tell(tx: &mut Tx, tenant: TenantId, told: Told) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(balances::table.find(Word(tenant)))
            .set(balances::told.eq(told as i32))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Changes the balance and writes the entry that says so; answers what it is now. `None`: the tenant never had a balance.
///
/// # Errors
/// When the query fails.
pub async fn post(tx: &mut Tx, tenant: TenantId, posting: &Posting) -> DbResult<Option<Balance>> {
    post_if(tx, tenant, posting, i64::MIN).await
}

/// The same, if at least what is to be held is available. `None`: it is not, and nothing changed.
///
/// # Errors
/// When the query fails.
pub async fn hold(tx: &mut Tx, tenant: TenantId, posting: &Posting) -> DbResult<Option<Balance>> {
    post_if(tx, tenant, posting, posting.held).await
}

async fn post_if(
    tx: &mut Tx,
    tenant: TenantId,
    posting: &Posting,
    least: i64,
) -> DbResult<Option<Balance>> {
    let after: Option<Balance> = on_either!(tx, conn => {
        diesel::update(
            balances::table
                .filter(balances::tenant_id.eq(Word(tenant)))
                .filter((balances::balance - balances::held).ge(least)),
        )
        .set((
            balances::balance.eq(balances::balance + posting.amount),
            balances::held.eq(balances::held + posting.held),
            balances::last_seq.eq(balances::last_seq + 1),
            balances::updated_at.eq(At(posting.at)),
        ))
        .returning(Balance::as_returning())
        .get_result(conn)
        .await
        .optional()
    })?;
    if let Some(after) = &after {
        entries::add(tx, tenant, posting, after).await?;
    }
    Ok(after)
}
