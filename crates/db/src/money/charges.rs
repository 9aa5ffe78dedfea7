//! What calls are charged by, and what came of it.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{AttemptId, AttemptPhase, FaxId, ItemId, TenantId};

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{attempts, charges};
use crate::tx::Tx;

/// A call's prices, as they were when it was begun. Amounts are millionths of the currency.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = charges, check_for_backend(Pg, Sqlite))]
pub struct Charge {
    /// The call.
    #[diesel(deserialize_as = Word<AttemptId>)]
    pub attempt_id: AttemptId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// The fax.
    #[diesel(deserialize_as = Word<FaxId>)]
    pub fax_id: FaxId,
    /// The recipient.
    #[diesel(deserialize_as = Word<ItemId>)]
    pub item_id: ItemId,
    /// A page that the far end confirms.
    pub per_page: i64,
    /// A minute on the line.
    pub per_minute: i64,
    /// A call that comes about.
    pub per_attempt: i64,
    /// What was held when it was begun: the most that it can cost. `None`: it was not prepaid.
    pub most: Option<i64>,
    /// What is held of that still.
    pub held: i64,
    /// What was charged.
    pub price: i64,
}

/// Writes down what a call is charged by, in the transaction of its intent.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut Tx, charge: &Charge) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(charges::table)
            .values((
                charges::attempt_id.eq(Word(charge.attempt_id)),
                charges::tenant_id.eq(Word(charge.tenant_id)),
                charges::fax_id.eq(Word(charge.fax_id)),
                charges::item_id.eq(Word(charge.item_id)),
                charges::per_page.eq(charge.per_page),
                charges::per_minute.eq(charge.per_minute),
                charges::per_attempt.eq(charge.per_attempt),
                charges::most.eq(charge.most),
                charges::held.eq(charge.held),
                charges::price.eq(charge.price),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// What a call is charged by; `None`: it is charged nothing.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, call: AttemptId) -> DbResult<Option<Charge>> {
    Ok(on_either!(tx, conn => {
        charges::table
            .filter(charges::tenant_id.eq(Word(tenant)))
            .filter(charges::attempt_id.eq(Word(call)))
            .select(Charge::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Writes down what was charged, and what is held still.
///
/// # Errors
/// When the query fails.
pub async fn settle(tx: &mut Tx, charge: &Charge, held: i64, price: i64) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            charges::table
                .filter(charges::tenant_id.eq(Word(charge.tenant_id)))
                .filter(charges::attempt_id.eq(Word(charge.attempt_id))),
        )
        .set((charges::held.eq(held), charges::price.eq(price)))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// Calls of a fax that have ended nobody knows how, and are held for still.
///
/// # Errors
/// When the query fails.
pub async fn in_doubt(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<Charge>> {
    Ok(on_either!(tx, conn => {
        charges::table
            .inner_join(attempts::table.on(attempts::id.eq(charges::attempt_id)))
            .filter(charges::tenant_id.eq(Word(tenant)))
            .filter(charges::fax_id.eq(Word(fax)))
            .filter(charges::held.gt(0))
            .filter(attempts::phase.eq(Word(AttemptPhase::Settled)))
            .select(Charge::as_select())
            .order(charges::attempt_id)
            .load(conn)
            .await
    })?)
}
