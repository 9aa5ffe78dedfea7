//! How far readers of the event log have come.
//!
//! A follower moves in the transaction of the effect that its reading has. So no event has its effect twice, or never.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use faxgate_types::TenantId;

use crate::column::Word;
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::event_followers as followers;
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// Tenants with events behind the follower's position, at most `limit`. `besides` are left out.
///
/// # Errors
/// When the query fails.
pub async fn behind(
    tx: &mut System,
    name: &str,
    besides: &[TenantId],
    limit: i64,
) -> DbResult<Vec<TenantId>> {
    let news = Sql::<(Text,)>::new(
        "SELECT t.id FROM tenants t LEFT JOIN event_followers f ON f.tenant_id = t.id AND f.name = ",
    )
    .str(&name)
    .sql(" WHERE t.last_event_seq > coalesce(f.seq, t.followers_begin) AND NOT (t.id")
    .one_of(besides)
    .sql(") ORDER BY t.id LIMIT ")
    .int(limit);
    let rows: Vec<(Word<TenantId>,)> = on_either!(tx, conn => news.load(conn).await)?;
    Ok(rows.into_iter().map(|(tenant,)| tenant.0).collect())
}

/// Gives the follower a position in a tenant where it has none: where followers begin. `false`: it has one.
///
/// # Errors
/// When the query fails.
pub async fn begin(tx: &mut Tx, tenant: TenantId, name: &str) -> DbResult<bool> {
    let begin = Sql::<()>::new("INSERT INTO event_followers (tenant_id, name, seq) SELECT id, ")
        .str(&name)
        .sql(", followers_begin FROM tenants WHERE id = ")
        .str(&tenant)
        .sql(" ON CONFLICT (tenant_id, name) DO NOTHING");
    let begun = on_either!(tx, conn => begin.execute(conn).await)?;
    Ok(begun > 0)
}

/// The follower's position, held until the transaction ends: nobody else reads on meanwhile. `None`: somebody else does, or it
/// has none yet.
///
/// # Errors
/// When the query fails.
pub async fn position(tx: &mut Tx, tenant: TenantId, name: &str) -> DbResult<Option<i64>> {
    let own = followers::table
        .find((Word(tenant), name))
        .select(followers::seq);
    let found = match tx.conn() {
        Conn::Postgres(conn) => own.for_update().skip_locked().first(conn).await.optional(),
        // A writing transaction on SQLite is alone anyway.
        Conn::Sqlite(conn) => own.first(conn).await.optional(),
    }?;
    tx.succeeded();
    Ok(found)
}

/// Moves the follower: what it did about every event up to number `seq` is in this transaction.
///
/// # Errors
/// When the query fails.
pub async fn advance(tx: &mut Tx, tenant: TenantId, name: &str, seq: i64) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(followers::table.find((Word(tenant), name)))
            .set(followers::seq.eq(seq))
            .execute(conn)
            .await
    })?;
    Ok(())
}
