//! Tenants.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{Countries, Country, RateLimits, SendingPolicy, TenantId, TimeZone, Timestamp};

use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::{DbError, DbResult};
use crate::schema::tenants;
use crate::shares;
use crate::tx::{System, Tx};

/// A tenant: one customer of the gateway.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tenants, check_for_backend(Pg, Sqlite))]
pub struct Tenant {
    /// Its id.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub id: TenantId,
    /// Its short name in headers and commands; unique.
    pub slug: String,
    /// Its name on paper: in the header line.
    pub name: String,
    /// Where it is: national numbers are read there.
    #[diesel(deserialize_as = Word<Country>)]
    pub country: Country,
    /// Where it may call.
    #[diesel(deserialize_as = Word<Countries>)]
    pub allowed_countries: Countries,
    /// Its clocks, in the header line.
    #[diesel(deserialize_as = Word<TimeZone>)]
    pub time_zone: TimeZone,
    /// Since when nothing goes out for it and its people are not let in.
    #[diesel(deserialize_as = OptAt)]
    pub suspended_at: Option<Timestamp>,
    /// Why, for its people.
    pub suspended_because: Option<String>,
    /// How often each of its users may ask, where that is not as for everybody.
    #[diesel(deserialize_as = Word<RateLimits>)]
    pub rate_limits: RateLimits,
}

/// Adds a tenant.
///
/// # Errors
/// `is_unique_violation` when the slug is taken.
pub async fn insert(tx: &mut System, tenant: &Tenant, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(tenants::table)
            .values((
                tenants::id.eq(Word(tenant.id)),
                tenants::slug.eq(&tenant.slug),
                tenants::name.eq(&tenant.name),
                tenants::country.eq(Word(tenant.country)),
                tenants::allowed_countries.eq(Word(tenant.allowed_countries.clone())),
                tenants::time_zone.eq(Word(tenant.time_zone)),
                tenants::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The tenant with this id.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<Tenant>> {
    Ok(on_either!(tx, conn => {
        tenants::table
            .find(Word(tenant))
            .select(Tenant::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// The tenant with this slug.
///
/// # Errors
/// When the query fails.
pub async fn by_slug(tx: &mut System, slug: &str) -> DbResult<Option<Tenant>> {
    Ok(on_either!(tx, conn => {
        tenants::table
            .filter(tenants::slug.eq(slug))
            .select(Tenant::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// All tenants, by slug.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut System) -> DbResult<Vec<Tenant>> {
    Ok(on_either!(tx, conn => {
        tenants::table
            .select(Tenant::as_select())
            .order(tenants::slug)
            .load(conn)
            .await
    })?)
}

/// A page of all tenants by slug, and how many there are.
///
/// # Errors
/// When the query fails.
pub async fn page(tx: &mut System, limit: u32, offset: u64) -> DbResult<(u64, Vec<Tenant>)> {
    let total: i64 = on_either!(tx, conn => tenants::table.count().get_result(conn).await)?;
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    let page = on_either!(tx, conn => {
        tenants::table
            .select(Tenant::as_select())
            .order(tenants::slug)
            .limit(i64::from(limit))
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((u64::try_from(total).unwrap_or(0), page))
}

/// The tenant's sending policy; `None` when there is no such tenant.
///
/// # Errors
/// When the query fails, or what is stored is no policy.
pub async fn policy(tx: &mut Tx, tenant: TenantId) -> DbResult<Option<SendingPolicy>> {
    let stored: Option<String> = on_either!(tx, conn => {
        tenants::table
            .find(Word(tenant))
            .select(tenants::policy)
            .first(conn)
            .await
            .optional()
    })?;
    stored
        .map(|json| serde_json::from_str(&json).map_err(DbError::content))
        .transpose()
}

/// Gives the tenant another policy, and has the next claim look whether something may go by it. `false`: no such tenant.
///
/// # Errors
/// When the query fails.
pub async fn set_policy(
    tx: &mut Tx,
    tenant: TenantId,
    policy: &SendingPolicy,
    now: Timestamp,
) -> DbResult<bool> {
    let json = serde_json::to_string(policy).map_err(DbError::content)?;
    let changed = on_either!(tx, conn => {
        diesel::update(tenants::table.find(Word(tenant)))
            .set(tenants::policy.eq(json))
            .execute(conn)
            .await
    })?;
    if changed == 1 {
        for simulated in [false, true] {
            shares::look_at(tx, tenant, simulated, now).await?;
        }
    }
    Ok(changed == 1)
}
