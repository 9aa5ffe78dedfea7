//! Writing routes with items.

use std::collections::HashMap;

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, ItemId, TenantId};

use super::Route;
use crate::column::Word;
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
pub(super) const RULES: i32 = 0x0fa_c1a2;

/// Writes the routes of items that were just added.
///
/// # Errors
/// When the query fails.
pub async fn write(tx: &mut Tx, tenant: TenantId, routes: &[(ItemId, Route)]) -> DbResult<()> {
    let mut by_route: HashMap<&Route, Vec<ItemId>> = HashMap::new();
    for (item, route) in routes {
        by_route.entry(route).or_default().push(*item);
    }
    for (route, items) in by_route {
        // SQLite takes so many parameters and no more.
        for items in items.chunks(1000) {
            let update = Sql::<()>::new("UPDATE queue_items SET route = ")
                .str(route)
                .sql(" WHERE tenant_id = ")
                .str(&tenant)
                .sql(" AND id")
                .one_of(items);
            on_either!(tx, conn => update.execute(conn).await)?;
        }
    }
    Ok(())
}

/// The routes of a fax's items; those that have none are left out.
///
/// # Errors
/// When the query fails.
pub async fn of_fax(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<HashMap<ItemId, Route>> {
    let routes = Sql::<(Text, Text)>::new(
        "SELECT id, route FROM queue_items WHERE route IS NOT NULL AND tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND fax_id = ")
    .str(&fax);
    let rows: Vec<(Word<ItemId>, Word<Route>)> = on_either!(tx, conn => routes.load(conn).await)?;
    Ok(rows
        .into_iter()
        .map(|(id, route)| (id.0, route.0))
        .collect())
}

/// Writes the routes of everything that is not finished anew, of one tenant or of all: after rules, a number's own route, or the
/// numbers of the gateway changed, in the transaction of the change. Says of how many items the route changed.
///
/// It reads every item there is. From here to the end of the transaction nothing is accepted; what was accepted before is found.
///
/// # Errors
/// When the query fails.
pub async fn reapply(tx: &mut System, tenant: Option<TenantId>) -> DbResult<usize> {
    if let Conn::Postgres(conn) = tx.conn() {
        use diesel_async::SimpleAsyncConnection as _;
        let alone = format!("SELECT pg_advisory_xact_lock({RULES}, 0)");
        conn.batch_execute(&alone).await?;
    }
    tx.succeeded();
    let of = |sql: Sql<()>| match &tenant {
        Some(tenant) => sql.sql(" AND i.tenant_id = ").str(tenant),
        None => sql,
    };
    update(tx, of).await
}

/// The same for one item: what its route says of it does not hold any more.
///
/// # Errors
/// When the query fails.
pub async fn reapply_item(tx: &mut System, item: ItemId) -> DbResult<usize> {
    update(tx, |sql| sql.sql(" AND i.id = ").str(&item)).await
}

/// One statement, however many items there are. It decides as [`super::Rules::choose`] does.
async fn update(tx: &mut System, of: impl FnOnce(Sql<()>) -> Sql<()>) -> DbResult<usize> {
    // `,on-net,` has eight characters; the last of them begins what is left.
    const HEAD: &str = "UPDATE queue_items SET route = v.route FROM (SELECT q.id, coalesce(\
         (SELECT CASE WHEN q.is_ours OR substr(d.route, 1, 8) <> ',on-net,' THEN d.route ELSE substr(d.route, 8) END \
          FROM faxes f JOIN dids d ON d.number = f.sender_e164 AND d.tenant_id = f.tenant_id \
          WHERE f.id = q.fax_id AND (q.is_ours OR d.route <> ',on-net,')), \
         (SELECT CASE WHEN q.is_ours OR substr(r.lanes, 1, 8) <> ',on-net,' THEN r.lanes ELSE substr(r.lanes, 8) END \
          FROM routes r WHERE (r.tenant_id IS NULL OR r.tenant_id = q.tenant_id) \
          AND substr(q.destination, 2, length(r.prefix)) = r.prefix AND (q.is_ours OR r.lanes <> ',on-net,') \
          ORDER BY r.tenant_id IS NULL, r.position, r.id LIMIT 1)) AS route \
         FROM (SELECT i.id, i.fax_id, i.tenant_id, i.destination, \
         EXISTS (SELECT 1 FROM dids o WHERE o.number = i.destination AND o.confirmed) AS is_ours FROM queue_items i \
         WHERE i.state IN ('preparing', 'queued', 'claimed', 'active', 'held') AND NOT i.simulated";
    const TAIL: &str = ") q) v WHERE queue_items.id = v.id AND queue_items.route IS DISTINCT FROM v.route \
         AND queue_items.state IN ('preparing', 'queued', 'claimed', 'active', 'held')";
    let update = of(Sql::new(HEAD)).sql(TAIL).once();
    Ok(on_either!(tx, conn => update.execute(conn).await)?)
}
