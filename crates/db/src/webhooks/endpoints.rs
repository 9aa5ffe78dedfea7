//! Where a tenant's programs are told of what happens.

use std::fmt;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp, WebhookId};

use crate::column::{At, OptAt, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::webhook_endpoints as endpoints;
use crate::tx::{System, Tx};

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// An endpoint. `Debug` does not show its secrets.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = endpoints, check_for_backend(Pg, Sqlite))]
pub struct Endpoint {
    /// Its id.
    #[diesel(deserialize_as = Word<WebhookId>)]
    pub id: WebhookId,
    /// Whose it is.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// Where it is.
    pub url: String,
    /// What its owner says of it.
    pub description: String,
    /// The types of events that it wants, with commas: `fax.*,number.added`.
    pub event_types: String,
    /// Whether events are sent to it.
    pub is_active: bool,
    /// What signs.
    #[diesel(deserialize_as = String)]
    pub secret: Hidden,
    /// What signed before, while the secret is changed.
    pub former_secret: Option<String>,
    /// Until when the former one signs as well.
    #[diesel(deserialize_as = OptAt)]
    pub former_until: Option<Timestamp>,
    /// The first failure since the last success.
    #[diesel(deserialize_as = OptAt)]
    pub failing_since: Option<Timestamp>,
    /// The last failure, as long as there was no success.
    #[diesel(deserialize_as = OptAt)]
    pub last_failure_at: Option<Timestamp>,
    /// It asked to be left alone until then.
    #[diesel(deserialize_as = OptAt)]
    pub not_before: Option<Timestamp>,
    /// When the gateway stopped sending to it.
    #[diesel(deserialize_as = OptAt)]
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<String>,
    /// Since when it is.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When its settings last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("url", &self.url)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

/// An endpoint that is to be.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Its id.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What its owner says of it.
    pub description: String,
    /// The types of events that it wants.
    pub event_types: String,
    /// Whether events are sent to it.
    pub is_active: bool,
    /// What signs.
    pub secret: Hidden,
}

/// How many endpoints a tenant has. Until this transaction ends nobody else adds one.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut Tx, tenant: TenantId) -> DbResult<i64> {
    if let Conn::Postgres(conn) = tx.conn() {
        use crate::schema::tenants;
        let _: String = tenants::table
            .find(Word(tenant))
            .select(tenants::id)
            .for_no_key_update()
            .first(conn)
            .await?;
    }
    tx.succeeded();
    Ok(on_either!(tx, conn => {
        endpoints::table
            .filter(endpoints::tenant_id.eq(Word(tenant)))
            .count()
            .get_result(conn)
            .await
    })?)
}

/// Writes an endpoint down.
///
/// # Errors
/// When the query fails.
pub async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    new: &NewEndpoint,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(endpoints::table)
            .values((
                endpoints::id.eq(Word(new.id)),
                endpoints::tenant_id.eq(Word(tenant)),
                endpoints::url.eq(&new.url),
                endpoints::description.eq(&new.description),
                endpoints::event_types.eq(&new.event_types),
                endpoints::is_active.eq(new.is_active),
                endpoints::secret.eq(&new.secret.0),
                endpoints::created_at.eq(At(now)),
                endpoints::updated_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// One of the tenant's endpoints.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> DbResult<Option<Endpoint>> {
    Ok(on_either!(tx, conn => {
        endpoints::table
            .find(Word(id))
            .filter(endpoints::tenant_id.eq(Word(tenant)))
            .select(Endpoint::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// As [`find`], and nobody else changes it until this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> DbResult<Option<Endpoint>> {
    if let Conn::Postgres(conn) = tx.conn() {
        let _: Option<String> = endpoints::table
            .find(Word(id))
            .filter(endpoints::tenant_id.eq(Word(tenant)))
            .select(endpoints::id)
            .for_no_key_update()
            .first(conn)
            .await
            .optional()?;
    }
    tx.succeeded();
    find(tx, tenant, id).await
}

/// Whose an endpoint is.
///
/// # Errors
/// When the query fails.
pub async fn owner(tx: &mut System, id: WebhookId) -> DbResult<Option<TenantId>> {
    let owner: Option<Word<TenantId>> = on_either!(tx, conn => {
        endpoints::table
            .find(Word(id))
            .select(endpoints::tenant_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(owner.map(Into::into))
}

/// How many endpoints a tenant has, and a page of them, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<Endpoint>)> {
    Ok(on_either!(tx, conn => {
        let own = || endpoints::table.filter(endpoints::tenant_id.eq(Word(tenant)));
        let total: i64 = own().count().get_result(conn).await?;
        let found = own()
            .select(Endpoint::as_select())
            .order((endpoints::created_at, endpoints::id))
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await?;
        diesel::QueryResult::Ok((total, found))
    })?)
}

/// The endpoints of a tenant that events are sent to: id, and the types of events that it wants. None of them is taken away until
/// this transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn active(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<(WebhookId, String)>> {
    let active = endpoints::table
        .filter(endpoints::tenant_id.eq(Word(tenant)))
        .filter(endpoints::is_active)
        .order((endpoints::created_at, endpoints::id))
        .select((endpoints::id, endpoints::event_types));
    let found: Vec<(Word<WebhookId>, String)> = match tx.conn() {
        Conn::Postgres(conn) => active.for_key_share().load(conn).await?,
        Conn::Sqlite(conn) => active.load(conn).await?,
    };
    tx.succeeded();
    Ok(found
        .into_iter()
        .map(|(id, types)| (id.into(), types))
        .collect())
}

/// Writes an endpoint's settings, secrets and trouble as they are in `endpoint`.
///
/// # Errors
/// When the query fails.
pub async fn update(tx: &mut Tx, endpoint: &Endpoint, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            endpoints::table
                .find(Word(endpoint.id))
                .filter(endpoints::tenant_id.eq(Word(endpoint.tenant_id))),
        )
        .set((
            endpoints::url.eq(&endpoint.url),
            endpoints::description.eq(&endpoint.description),
            endpoints::event_types.eq(&endpoint.event_types),
            endpoints::is_active.eq(endpoint.is_active),
            endpoints::secret.eq(&endpoint.secret.0),
            endpoints::former_secret.eq(&endpoint.former_secret),
            endpoints::former_until.eq(endpoint.former_until.map(At)),
            endpoints::failing_since.eq(endpoint.failing_since.map(At)),
            endpoints::last_failure_at.eq(endpoint.last_failure_at.map(At)),
            endpoints::not_before.eq(endpoint.not_before.map(At)),
            endpoints::disabled_at.eq(endpoint.disabled_at.map(At)),
            endpoints::disabled_reason.eq(&endpoint.disabled_reason),
            endpoints::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// Takes an endpoint away, with its deliveries. `false`: there was none.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: WebhookId) -> DbResult<bool> {
    let gone = on_either!(tx, conn => {
        diesel::delete(
            endpoints::table
                .find(Word(id))
                .filter(endpoints::tenant_id.eq(Word(tenant))),
        )
        .execute(conn)
        .await
    })?;
    Ok(gone == 1)
}

/// The endpoint has taken something: it does not fail any more, if it is still at this address.
///
/// # Errors
/// When the query fails.
pub async fn succeeded(tx: &mut Tx, tenant: TenantId, id: WebhookId, url: &str) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            endpoints::table
                .find(Word(id))
                .filter(endpoints::tenant_id.eq(Word(tenant)))
                .filter(endpoints::url.eq(url))
                // Mostly there is nothing to write, and nobody waits for the row.
                .filter(
                    endpoints::failing_since
                        .is_not_null()
                        .or(endpoints::not_before.is_not_null()),
                ),
        )
        .set((
            endpoints::failing_since.eq(None::<At>),
            endpoints::last_failure_at.eq(None::<At>),
            endpoints::not_before.eq(None::<At>),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// The endpoint has failed, and has done so since `since`.
///
/// # Errors
/// When the query fails.
pub async fn failed(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    since: Timestamp,
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            endpoints::table
                .find(Word(id))
                .filter(endpoints::tenant_id.eq(Word(tenant))),
        )
        .set((
            endpoints::failing_since.eq(At(since)),
            endpoints::last_failure_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// The endpoint is left alone until `until`.
///
/// # Errors
/// When the query fails.
pub async fn spare(tx: &mut Tx, tenant: TenantId, id: WebhookId, until: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            endpoints::table
                .find(Word(id))
                .filter(endpoints::tenant_id.eq(Word(tenant))),
        )
        .set(endpoints::not_before.eq(At(until)))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// Nothing is sent to the endpoint any more, for `reason`. `false`: it was so already.
///
/// # Errors
/// When the query fails.
pub async fn disable(
    tx: &mut Tx,
    tenant: TenantId,
    id: WebhookId,
    reason: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            endpoints::table
                .find(Word(id))
                .filter(endpoints::tenant_id.eq(Word(tenant)))
                .filter(endpoints::is_active),
        )
        .set((
            endpoints::is_active.eq(false),
            endpoints::disabled_at.eq(At(now)),
            endpoints::disabled_reason.eq(reason),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}
