//! The phone numbers that the gateway owns, and whose they are.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{
    Ambient, Country, DidId, DidState, E164, FaxStatus, TenantId, TimeZone, Timestamp,
};

use crate::column::{At, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::routes::Route;
use crate::schema::{dids, faxes, tenants};
use crate::tx::{System, Tx};

/// A number, and how faxes from it present themselves.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = dids, check_for_backend(Pg, Sqlite))]
pub struct Did {
    /// Its id.
    #[diesel(deserialize_as = Word<DidId>)]
    pub id: DidId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// The number.
    #[diesel(deserialize_as = Word<E164>)]
    pub number: E164,
    /// Since when.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// Who carries it: `telnyx`. `None`: somebody else, who was not told to us.
    pub carrier: Option<String>,
    /// The carrier's own id of the number.
    pub carrier_number_id: Option<String>,
    /// The carrier's application that its faxes go to. `None`: not attached.
    pub connection_id: Option<String>,
    /// How it stands.
    #[diesel(deserialize_as = Word<DidState>)]
    pub state: DidState,
    /// The name that a call shows beside the number. `None`: the number alone is shown.
    pub caller_name: Option<String>,
    /// What stands in the header line in place of the tenant's name.
    pub header_text: Option<String>,
    /// The clock of its header line. `None`: the tenant's.
    #[diesel(deserialize_as = OptWord<TimeZone>)]
    pub time_zone: Option<TimeZone>,
    /// The lines for faxes that are sent from it. `None`: the rules say.
    #[diesel(deserialize_as = OptWord<Route>)]
    pub route: Option<Route>,
    /// Whether it is the one that counts when a fax names no sender.
    pub is_default: bool,
    /// A small number beside the id, never given twice.
    pub short_id: Option<i64>,
    /// Whether somebody who knows has said that it is the tenant's: an operator, or the carrier's account. Where not, it was only
    /// claimed, and no real fax goes by it, out or in.
    pub confirmed: bool,
}

/// The tenant's entry of a number.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, number: &E164) -> DbResult<Option<Did>> {
    Ok(on_either!(tx, conn => {
        dids::table
            .filter(dids::tenant_id.eq(Word(tenant)))
            .filter(dids::number.eq(number.as_str()))
            .select(Did::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The number that counts when the tenant names no sender: its default one, else its oldest, confirmed before claimed. Numbers that are being given
/// back do not count.
///
/// # Errors
/// When the query fails.
pub async fn default_of(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<Did>> {
    Ok(on_either!(tx, conn => {
        dids::table
            .filter(dids::tenant_id.eq(Word(tenant)))
            .filter(dids::state.eq(DidState::Active.as_str()))
            .select(Did::as_select())
            .order((
                dids::is_default.desc(),
                dids::confirmed.desc(),
                dids::created_at,
                dids::id,
            ))
            .first(conn)
            .await
            .optional()
    })?)
}

/// Gives a number to a tenant.
///
/// # Errors
/// `is_unique_violation` when somebody has it already.
pub async fn insert(
    tx: &mut System,
    tenant: TenantId,
    number: &E164,
    ambient: &Ambient,
) -> DbResult<()> {
    add(tx, tenant, number, true, ambient).await
}

/// Writes down that a tenant says a number is its own, which nobody has confirmed yet.
///
/// # Errors
/// `is_unique_violation` when somebody has it already.
pub async fn claim(
    tx: &mut System,
    tenant: TenantId,
    number: &E164,
    ambient: &Ambient,
) -> DbResult<()> {
    add(tx, tenant, number, false, ambient).await
}

async fn add(
    tx: &mut System,
    tenant: TenantId,
    number: &E164,
    confirmed: bool,
    ambient: &Ambient,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(dids::table)
            .values((
                dids::id.eq(Word(DidId::generate(ambient))),
                dids::tenant_id.eq(Word(tenant)),
                dids::number.eq(number.as_str()),
                dids::created_at.eq(At(ambient.now())),
                dids::confirmed.eq(confirmed),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Where a number comes from, for one that a carrier of ours has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Who carries it: `telnyx`.
    pub carrier: String,
    /// The carrier's own id of it.
    pub number_id: String,
    /// The application that its faxes go to.
    pub connection_id: Option<String>,
}

/// Writes down who carries a number, which confirms it: its faxes come to an account of ours.
///
/// # Errors
/// When the query fails.
pub async fn set_carried(tx: &mut System, id: DidId, carried: &Carried) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(dids::table.find(Word(id)))
            .set((
                dids::carrier.eq(&carried.carrier),
                dids::carrier_number_id.eq(&carried.number_id),
                dids::connection_id.eq(&carried.connection_id),
                dids::confirmed.eq(true),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Writes whose a number is, how it stands, and how faxes from it present themselves.
///
/// # Errors
/// `is_unique_violation` when it is to be the default number beside another.
pub async fn update(tx: &mut System, did: &Did) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(dids::table.find(Word(did.id)))
            .set((
                dids::tenant_id.eq(Word(did.tenant_id)),
                dids::state.eq(Word(did.state)),
                dids::caller_name.eq(&did.caller_name),
                dids::header_text.eq(&did.header_text),
                dids::time_zone.eq(Word::opt(did.time_zone)),
                dids::route.eq(Word::opt(did.route.clone())),
                dids::is_default.eq(did.is_default),
                dids::confirmed.eq(did.confirmed),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Takes the rank of default number from whichever of the tenant's has it.
///
/// # Errors
/// When the query fails.
pub async fn clear_default(tx: &mut System, tenant: TenantId) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            dids::table
                .filter(dids::tenant_id.eq(Word(tenant)))
                .filter(dids::is_default.eq(true)),
        )
        .set(dids::is_default.eq(false))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// A number by its id, with its tenant's slug; locked until the transaction ends when `lock` is set, so that of two who change
/// it none overlooks the other's change.
///
/// # Errors
/// When the query fails.
pub async fn by_id(tx: &mut System, id: DidId, lock: bool) -> DbResult<Option<(Did, String)>> {
    if lock && let Conn::Postgres(conn) = tx.conn() {
        let _: Option<Word<DidId>> = dids::table
            .find(Word(id))
            .select(dids::id)
            .for_update()
            .first(conn)
            .await
            .optional()?;
    }
    if lock {
        tx.succeeded();
    }
    Ok(on_either!(tx, conn => {
        dids::table
            .inner_join(tenants::table.on(tenants::id.eq(dids::tenant_id)))
            .filter(dids::id.eq(Word(id)))
            .select((Did::as_select(), tenants::slug))
            .first(conn)
            .await
            .optional()
    })?)
}

/// Those of the numbers that somebody has, with the tenants' slugs.
///
/// # Errors
/// When the query fails.
pub async fn among(tx: &mut System, numbers: &[E164]) -> DbResult<Vec<(Did, String)>> {
    let mut found = Vec::new();
    // SQLite takes so many parameters and no more.
    for numbers in numbers.chunks(1000) {
        let numbers = numbers.iter().map(Word);
        let some: Vec<(Did, String)> = on_either!(tx, conn => {
            dids::table
                .inner_join(tenants::table.on(tenants::id.eq(dids::tenant_id)))
                .filter(dids::number.eq_any(numbers))
                .select((Did::as_select(), tenants::slug))
                .load(conn)
                .await
        })?;
        found.extend(some);
    }
    Ok(found)
}

/// How many numbers there are, and a page of them with their tenants' slugs, by slug and number; with a tenant, only that
/// tenant's.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<(Did, String)>)> {
    let total = on_either!(tx, conn => {
        let mut all = dids::table.into_boxed();
        if let Some(tenant) = tenant {
            all = all.filter(dids::tenant_id.eq(Word(tenant)));
        }
        all.count().get_result(conn).await
    })?;
    let numbers = on_either!(tx, conn => {
        let mut some = dids::table
            .inner_join(tenants::table.on(tenants::id.eq(dids::tenant_id)))
            .into_boxed();
        if let Some(tenant) = tenant {
            some = some.filter(dids::tenant_id.eq(Word(tenant)));
        }
        some.select((Did::as_select(), tenants::slug))
            .order((tenants::slug, dids::number))
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((total, numbers))
}

/// Whose number it is.
///
/// # Errors
/// When the query fails.
pub async fn owner(tx: &mut System, number: &E164) -> DbResult<Option<TenantId>> {
    let owner: Option<Word<TenantId>> = on_either!(tx, conn => {
        dids::table
            .filter(dids::number.eq(number.as_str()))
            .select(dids::tenant_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(owner.map(|tenant| tenant.0))
}

/// The numbers that a tenant may send from, oldest first: those that are being given back are none.
///
/// # Errors
/// When the query fails.
pub async fn of_tenant(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<E164>> {
    let senders = senders(tx, tenant).await?;
    Ok(senders.into_iter().map(|(number, _)| number).collect())
}

/// The same, each with whether it is confirmed: from one that is not, only test faxes go.
///
/// # Errors
/// When the query fails.
pub async fn senders(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<(E164, bool)>> {
    let numbers: Vec<(Word<E164>, bool)> = on_either!(tx, conn => {
        dids::table
            .filter(dids::tenant_id.eq(Word(tenant)))
            .filter(dids::state.eq(DidState::Active.as_str()))
            .select((dids::number, dids::confirmed))
            .order((dids::created_at, dids::id))
            .load(conn)
            .await
    })?;
    let own = |(number, confirmed): (Word<E164>, bool)| (number.0, confirmed);
    Ok(numbers.into_iter().map(own).collect())
}

/// All numbers with their tenants' slugs and whether they are confirmed, by number.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System) -> DbResult<Vec<(E164, String, bool)>> {
    let rows: Vec<(Word<E164>, String, bool)> = on_either!(tx, conn => {
        dids::table
            .inner_join(tenants::table.on(tenants::id.eq(dids::tenant_id)))
            .select((dids::number, tenants::slug, dids::confirmed))
            .order(dids::number)
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(number, slug, confirmed)| (number.0, slug, confirmed))
        .collect())
}

/// All numbers with the countries of their tenants, by number.
///
/// # Errors
/// When the query fails.
pub async fn owned(tx: &mut System) -> DbResult<Vec<(E164, Country)>> {
    let rows: Vec<(Word<E164>, Word<Country>)> = on_either!(tx, conn => {
        dids::table
            .inner_join(tenants::table.on(tenants::id.eq(dids::tenant_id)))
            .select((dids::number, tenants::country))
            .order(dids::number)
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(number, country)| (number.0, country.0))
        .collect())
}

/// How many faxes that were to be sent from a number are not finished.
///
/// # Errors
/// When the query fails.
pub async fn waiting_from(tx: &mut System, number: &E164) -> DbResult<i64> {
    let open = [FaxStatus::Pending, FaxStatus::Processing].map(Word);
    Ok(on_either!(tx, conn => {
        faxes::table
            .filter(faxes::sender_e164.eq(number.as_str()))
            .filter(faxes::status.eq_any(open))
            .count()
            .get_result(conn)
            .await
    })?)
}

/// Takes a number away from whoever has it.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut System, number: &E164) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(dids::table.filter(dids::number.eq(number.as_str())))
            .execute(conn)
            .await
    })?;
    Ok(())
}
