//! What was done, by whom: a chain of entries for each tenant, and one for what belongs to none. What makes it a chain (the hashes)
//! is worked out by the caller; here it is read and written. Nothing is ever changed in it.

use std::fmt;
use std::str::FromStr;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use crate::column::{At, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{audit_entries as entries, audit_heads as heads};
use crate::tx::{System, Tx};

/// The chain of what belongs to no tenant.
const GATEWAY: &str = "gateway";

/// A chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// What belongs to no tenant.
    Gateway,
    /// A tenant's.
    Tenant(TenantId),
}

impl From<TenantId> for Chain {
    fn from(tenant: TenantId) -> Self {
        Self::Tenant(tenant)
    }
}

impl From<Option<TenantId>> for Chain {
    fn from(tenant: Option<TenantId>) -> Self {
        tenant.map_or(Self::Gateway, Self::Tenant)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway => f.write_str(GATEWAY),
            Self::Tenant(tenant) => tenant.fmt(f),
        }
    }
}

/// A text that names no chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither `gateway` nor a tenant's id")]
pub struct NotAChain;

impl FromStr for Chain {
    type Err = NotAChain;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            GATEWAY => Ok(Self::Gateway),
            id => id.parse().map(Self::Tenant).map_err(|_| NotAChain),
        }
    }
}

/// An entry, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = entries, check_for_backend(Pg, Sqlite))]
pub struct StoredEntry {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    #[diesel(deserialize_as = At)]
    pub at: Timestamp,
    /// `user`, `console` or `system`.
    pub actor: String,
    /// The user's id.
    pub actor_id: Option<String>,
    /// The user's name, or that of whoever was at the console.
    pub actor_name: Option<String>,
    /// The id of the token that was used.
    pub token_id: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// What was done.
    pub action: String,
    /// With what.
    pub object: String,
    /// JSON.
    pub details: String,
    /// Lower-case hex.
    pub hash: String,
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = heads, check_for_backend(Pg, Sqlite))]
pub struct Head {
    /// The number of its last entry; 0 before the first.
    pub seq: i64,
    /// That entry's hash, lower-case hex.
    pub hash: String,
    /// What proves that the gateway wrote it.
    pub seal: Option<String>,
}

/// The end of a chain, locked until the transaction ends, so that entries get numbers without gaps; `None` before the first entry.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut Tx, chain: Chain) -> DbResult<Option<Head>> {
    let one = heads::table.find(chain.to_string());
    let found = match tx.conn() {
        Conn::Postgres(conn) => one
            .select(Head::as_select())
            .for_update()
            .first(conn)
            .await
            .optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => one.select(Head::as_select()).first(conn).await.optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// Begins a chain with this head, unless somebody just has.
///
/// # Errors
/// When the query fails.
pub async fn begin(tx: &mut Tx, chain: Chain, head: &Head, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(heads::table)
            .values((
                heads::chain.eq(chain.to_string()),
                heads::seq.eq(head.seq),
                heads::hash.eq(&head.hash),
                heads::seal.eq(&head.seal),
                heads::at.eq(At(now)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Adds the entry that follows the locked end of the chain, whose new end is `head`.
///
/// # Errors
/// When the query fails.
pub async fn append(tx: &mut Tx, chain: Chain, entry: &StoredEntry, head: &Head) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(entries::table)
            .values((
                entries::chain.eq(chain.to_string()),
                entries::seq.eq(entry.seq),
                entries::at.eq(At(entry.at)),
                entries::actor.eq(&entry.actor),
                entries::actor_id.eq(&entry.actor_id),
                entries::actor_name.eq(&entry.actor_name),
                entries::token_id.eq(&entry.token_id),
                entries::address.eq(&entry.address),
                entries::action.eq(&entry.action),
                entries::object.eq(&entry.object),
                entries::details.eq(&entry.details),
                entries::hash.eq(&entry.hash),
            ))
            .execute(conn)
            .await
    })?;
    set_head(tx, chain, head, entry.at).await
}

/// Writes the end of a chain that is locked.
///
/// # Errors
/// When the query fails.
pub async fn set_head(tx: &mut Tx, chain: Chain, head: &Head, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(heads::table.find(chain.to_string()))
            .set((
                heads::seq.eq(head.seq),
                heads::hash.eq(&head.hash),
                heads::seal.eq(&head.seal),
                heads::at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The end of a chain.
///
/// # Errors
/// When the query fails.
pub async fn head(tx: &mut Tx, chain: Chain) -> DbResult<Option<Head>> {
    Ok(on_either!(tx, conn => {
        heads::table
            .find(chain.to_string())
            .select(Head::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// Entries in order, those behind the number `after`.
///
/// # Errors
/// When the query fails.
pub async fn following(
    tx: &mut Tx,
    chain: Chain,
    after: i64,
    limit: i64,
) -> DbResult<Vec<StoredEntry>> {
    Ok(on_either!(tx, conn => {
        entries::table
            .filter(entries::chain.eq(chain.to_string()))
            .filter(entries::seq.gt(after))
            .select(StoredEntry::as_select())
            .order(entries::seq)
            .limit(limit)
            .load(conn)
            .await
    })?)
}

/// The names of all chains that have an entry or an end, also such as no gateway writes.
///
/// # Errors
/// When the query fails.
pub async fn chains(tx: &mut System) -> DbResult<Vec<String>> {
    let mut names: Vec<String> = on_either!(tx, conn => {
        entries::table.select(entries::chain).distinct().load(conn).await
    })?;
    let ends: Vec<String> =
        on_either!(tx, conn => heads::table.select(heads::chain).load(conn).await)?;
    names.extend(ends);
    names.sort();
    names.dedup();
    Ok(names)
}

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what was done with this.
    pub object: Option<String>,
    /// Only this action, or, when it ends with a dot, those that begin so.
    pub action: Option<String>,
    /// Only what this user did, by id or by name.
    pub actor: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// The filter as a query of its own, so that the list and its count have the same.
macro_rules! filtered {
    ($chain:expr, $filter:expr) => {{
        let mut query = entries::table
            .filter(entries::chain.eq($chain.to_string()))
            .into_boxed();
        if let Some(object) = &$filter.object {
            query = query.filter(entries::object.eq(object));
        }
        if let Some(action) = &$filter.action {
            query = match action.ends_with('.') {
                // From `fax.` up to what comes after all that begins so.
                true => query
                    .filter(entries::action.ge(action))
                    .filter(entries::action.lt(format!("{}/", action.trim_end_matches('.')))),
                false => query.filter(entries::action.eq(action)),
            };
        }
        if let Some(actor) = &$filter.actor {
            query = query.filter(
                entries::actor_id
                    .eq(actor)
                    .or(entries::actor_name.eq(actor)),
            );
        }
        if let Some(from) = $filter.from {
            query = query.filter(entries::at.ge(At(from)));
        }
        if let Some(until) = $filter.until {
            query = query.filter(entries::at.lt(At(until)));
        }
        query
    }};
}

/// A page of a chain, newest first.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut Tx,
    chain: Chain,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> DbResult<Vec<StoredEntry>> {
    Ok(on_either!(tx, conn => {
        filtered!(chain, filter)
            .select(StoredEntry::as_select())
            .order(entries::seq.desc())
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?)
}

/// How many entries of a chain the filter lets through.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut Tx, chain: Chain, filter: &Filter) -> DbResult<i64> {
    Ok(on_either!(tx, conn => filtered!(chain, filter).count().get_result(conn).await)?)
}

/// Removes the chain of a tenant that is gone. The database refuses while the tenant is there.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut System, tenant: TenantId) -> DbResult<usize> {
    let chain = Word(tenant);
    let removed = on_either!(tx, conn => {
        diesel::delete(entries::table.filter(entries::chain.eq(chain.clone()))).execute(conn).await
    })?;
    on_either!(tx, conn => {
        diesel::delete(heads::table.filter(heads::chain.eq(chain))).execute(conn).await
    })?;
    Ok(removed)
}
