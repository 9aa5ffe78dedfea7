//! Legal holds: what must not be removed, and why.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use faxgate_types::{E164, FaxId, LegalHoldId, TenantId, Timestamp};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::legal_holds as holds;
use crate::tx::Tx;

/// A hold. What it does not name does not narrow it: one without fax, number and times is on all that the tenant has.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = holds, check_for_backend(Pg, Sqlite))]
pub struct LegalHold {
    /// Its id.
    #[diesel(deserialize_as = Word<LegalHoldId>)]
    pub id: LegalHoldId,
    /// Whose things are held.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// Only this fax.
    #[diesel(deserialize_as = OptWord<FaxId>)]
    pub fax_id: Option<FaxId>,
    /// Only faxes from or to this number.
    #[diesel(deserialize_as = OptWord<E164>)]
    pub number: Option<E164>,
    /// Only what is from this moment on.
    #[diesel(deserialize_as = OptAt)]
    pub from_at: Option<Timestamp>,
    /// Only what is from before this moment.
    #[diesel(deserialize_as = OptAt)]
    pub until_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub placed_by: String,
    /// Whether only an operator lifts it.
    pub by_operator: bool,
    /// Since when.
    #[diesel(deserialize_as = At)]
    pub placed_at: Timestamp,
    /// Who lifted it.
    pub lifted_by: Option<String>,
    /// When it was lifted; `None`: it holds.
    #[diesel(deserialize_as = OptAt)]
    pub lifted_at: Option<Timestamp>,
}

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
const HOLDING: i32 = 0x6661_7868;

/// Waits until nobody else places a hold on the tenant's things or removes some of them, and keeps others waiting until this
/// transaction ends: what is held when a removal begins is not removed by it.
///
/// # Errors
/// When the query fails.
pub async fn alone(tx: &mut Tx, tenant: TenantId) -> DbResult<()> {
    if let Conn::Postgres(conn) = tx.conn() {
        // Two tenants may share a number: then they wait for one another, and that is all.
        let low = tenant.uuid().as_u128() & 0x7fff_ffff;
        let alone = format!("SELECT pg_advisory_xact_lock({HOLDING}, {low})");
        conn.batch_execute(&alone).await?;
    }
    tx.succeeded();
    Ok(())
}

/// Places a hold.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut Tx, hold: &LegalHold) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(holds::table)
            .values((
                holds::id.eq(Word(hold.id)),
                holds::tenant_id.eq(Word(hold.tenant_id)),
                holds::fax_id.eq(Word::opt(hold.fax_id)),
                holds::number.eq(Word::opt(hold.number.clone())),
                holds::from_at.eq(hold.from_at.map(At)),
                holds::until_at.eq(hold.until_at.map(At)),
                holds::reason.eq(&hold.reason),
                holds::placed_by.eq(&hold.placed_by),
                holds::by_operator.eq(hold.by_operator),
                holds::placed_at.eq(At(hold.placed_at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The tenant's hold with this id, also one that was lifted.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: LegalHoldId) -> DbResult<Option<LegalHold>> {
    Ok(on_either!(tx, conn => {
        holds::table
            .filter(holds::tenant_id.eq(Word(tenant)))
            .filter(holds::id.eq(Word(id)))
            .select(LegalHold::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Lifts a hold. `false`: there is no such hold, or it was lifted before.
///
/// # Errors
/// When the query fails.
pub async fn lift(
    tx: &mut Tx,
    tenant: TenantId,
    id: LegalHoldId,
    by: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let lifted = on_either!(tx, conn => {
        diesel::update(
            holds::table
                .filter(holds::tenant_id.eq(Word(tenant)))
                .filter(holds::id.eq(Word(id)))
                .filter(holds::lifted_at.is_null()),
        )
        .set((holds::lifted_by.eq(by), holds::lifted_at.eq(At(now))))
        .execute(conn)
        .await
    })?;
    Ok(lifted == 1)
}

/// The tenant's holds that hold, or with `lifted` all there were, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    lifted: bool,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<LegalHold>> {
    Ok(on_either!(tx, conn => {
        let mut query = holds::table
            .filter(holds::tenant_id.eq(Word(tenant)))
            .select(LegalHold::as_select())
            .order((holds::placed_at, holds::id))
            .limit(limit)
            .offset(offset)
            .into_boxed();
        if !lifted {
            query = query.filter(holds::lifted_at.is_null());
        }
        query.load(conn).await
    })?)
}

/// How many [`list`] has in all.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut Tx, tenant: TenantId, lifted: bool) -> DbResult<i64> {
    Ok(on_either!(tx, conn => {
        let mut query = holds::table
            .filter(holds::tenant_id.eq(Word(tenant)))
            .count()
            .into_boxed();
        if !lifted {
            query = query.filter(holds::lifted_at.is_null());
        }
        query.get_result(conn).await
    })?)
}
