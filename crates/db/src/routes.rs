//! Rules about which lines faxes take.
//!
//! A number's own route comes first, then the rules of its tenant, then those for all, each in their order; the first whose
//! prefix the destination begins with counts. What comes of it is written with each item ([`write()`]), so that claims know of no
//! rules, and written again when rules change ([`reapply`]).

mod apply;
mod route;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, RouteId, TenantId, Timestamp};

use crate::column::{At, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::schema::{dids, routes, tenants};
use crate::sql::Sql;
use crate::tx::{System, Tx};

pub use apply::{of_fax, reapply, reapply_item, write};
pub use route::{BadRoute, ON_NET, Route};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = routes, check_for_backend(Pg, Sqlite))]
pub struct Rule {
    /// Its id.
    #[diesel(deserialize_as = Word<RouteId>)]
    pub id: RouteId,
    /// For whose faxes it is; `None`: for everybody's.
    #[diesel(deserialize_as = OptWord<TenantId>)]
    pub tenant_id: Option<TenantId>,
    /// Digits that the destination begins with, country code first; empty: every destination.
    pub prefix: String,
    /// Its place among the rules of the tenant, or among those for all; the lowest is looked at first.
    pub position: i32,
    /// The lines.
    #[diesel(deserialize_as = Word<Route>)]
    #[diesel(column_name = lanes)]
    pub route: Route,
}

/// The rules for faxes from one number, in the order in which they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The number's own route.
    pub own: Option<Route>,
    /// Those of its tenant, then those for all.
    pub rules: Vec<Rule>,
}

/// What rules came to for a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The lines.
    pub route: Route,
    /// The rule that counted; `None`: the number's own route.
    pub rule: Option<RouteId>,
}

impl Rules {
    /// Which lines a fax takes to `destination`; `None`: any but on-net. `is_ours`: it is a number of this gateway. Where it is
    /// not, on-net is left out, and a route of nothing else does not count.
    #[must_use]
    pub fn choose(&self, destination: &E164, is_ours: bool) -> Option<Chosen> {
        let as_it_may = |route: &Route| match is_ours {
            true => Some(route.clone()),
            false => route.without_on_net(),
        };
        let own = self.own.as_ref().and_then(as_it_may);
        let own = own.map(|route| Chosen { route, rule: None });
        own.or_else(|| {
            let fits = |rule: &&Rule| destination.digits().starts_with(&rule.prefix);
            self.rules.iter().filter(fits).find_map(|rule| {
                let rule_id = Some(rule.id);
                let chosen = |route| Chosen {
                    route,
                    rule: rule_id,
                };
                as_it_may(&rule.route).map(chosen)
            })
        })
    }

    /// Whether it can matter that a destination is a number of this gateway.
    #[must_use]
    pub fn may_stay_on_net(&self) -> bool {
        let routes = self.rules.iter().map(|rule| &rule.route);
        routes.chain(&self.own).any(Route::begins_on_net)
    }
}

/// The rules for a tenant's faxes from `sender`. Until this transaction ends they stay as they are: whoever changes one waits,
/// and then finds the items that were written meanwhile.
///
/// # Errors
/// When the query fails.
pub async fn for_sender(tx: &mut Tx, tenant: TenantId, sender: &E164) -> DbResult<Rules> {
    if let Conn::Postgres(conn) = tx.conn() {
        use diesel_async::SimpleAsyncConnection as _;
        let shared = format!("SELECT pg_advisory_xact_lock_shared({}, 0)", apply::RULES);
        conn.batch_execute(&shared).await?;
    }
    tx.succeeded();
    look(tx, tenant, Some(sender)).await
}

/// The rules for a tenant's faxes, and its number's own route, if it is for one of them.
///
/// # Errors
/// When the query fails.
pub async fn look(tx: &mut Tx, tenant: TenantId, sender: Option<&E164>) -> DbResult<Rules> {
    type Row = (Integer, Nullable<Text>, Nullable<Text>, Text, Integer, Text);
    type Found = (
        i32,
        Option<Word<RouteId>>,
        Option<Word<TenantId>>,
        String,
        i32,
        Word<Route>,
    );
    let sql = Sql::<Row>::new(
        "SELECT 0 AS rank, NULL AS id, tenant_id, '' AS prefix, 0 AS position, route AS lanes FROM dids \
         WHERE route IS NOT NULL AND tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND number = ")
    .opt_str(sender)
    .sql(
        " UNION ALL SELECT CASE WHEN tenant_id IS NULL THEN 2 ELSE 1 END, id, tenant_id, prefix, position, lanes FROM routes \
         WHERE tenant_id IS NULL OR tenant_id = ",
    )
    .str(&tenant)
    .sql(" ORDER BY 1, 5, 2");
    let rows: Vec<Found> = on_either!(tx, conn => sql.load(conn).await)?;
    let mut found = Rules::default();
    for (_, id, tenant_id, prefix, position, route) in rows {
        match id {
            None => found.own = Some(route.0),
            Some(id) => found.rules.push(Rule {
                id: id.0,
                tenant_id: tenant_id.map(|tenant| tenant.0),
                prefix,
                position,
                route: route.0,
            }),
        }
    }
    Ok(found)
}

/// Those of the numbers that are numbers of this gateway, whoever has them. What was only claimed is none: its faxes may be
/// somebody else's.
///
/// # Errors
/// When the query fails.
pub async fn ours(tx: &mut System, numbers: &[E164]) -> DbResult<Vec<E164>> {
    let mut found = Vec::new();
    // SQLite takes so many parameters and no more.
    for numbers in numbers.chunks(1000) {
        let numbers = numbers.iter().map(Word);
        let some: Vec<Word<E164>> = on_either!(tx, conn => {
            dids::table
                .filter(dids::number.eq_any(numbers))
                .filter(dids::confirmed.eq(true))
                .select(dids::number)
                .load(conn)
                .await
        })?;
        found.extend(some.into_iter().map(|number| number.0));
    }
    Ok(found)
}

/// Every rule with its tenant's slug, those for all first, each in the order in which they count; of one tenant, its own and
/// those for all.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut System,
    tenant: Option<TenantId>,
) -> DbResult<Vec<(Rule, Option<String>)>> {
    Ok(on_either!(tx, conn => {
        let mut rules = routes::table
            .left_join(tenants::table.on(tenants::id.nullable().eq(routes::tenant_id)))
            .select((Rule::as_select(), tenants::slug.nullable()))
            .order((tenants::slug.is_not_null(), tenants::slug, routes::position, routes::id))
            .into_boxed();
        if let Some(tenant) = tenant {
            let own = routes::tenant_id.eq(Word(tenant));
            rules = rules.filter(routes::tenant_id.is_null().or(own));
        }
        rules.load(conn).await
    })?)
}

/// Adds a rule at its position; those that stand there or behind it move one back. Then [`reapply`].
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut System, rule: &Rule, now: Timestamp) -> DbResult<()> {
    let tenant = rule.tenant_id.map(|tenant| tenant.to_string());
    let step = |by: &'static str| {
        Sql::<()>::new("UPDATE routes SET position = position + 1 WHERE position >= ")
            .int(i64::from(rule.position))
            .sql(by)
    };
    let step = match &tenant {
        Some(tenant) => step(" AND tenant_id = ").str(tenant),
        None => step(" AND tenant_id IS NULL"),
    };
    on_either!(tx, conn => step.execute(conn).await)?;
    on_either!(tx, conn => {
        diesel::insert_into(routes::table)
            .values((
                routes::id.eq(Word(rule.id)),
                routes::tenant_id.eq(tenant),
                routes::prefix.eq(&rule.prefix),
                routes::position.eq(rule.position),
                routes::lanes.eq(Word(rule.route.clone())),
                routes::created_at.eq(At(now)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Takes a rule away; answers it. `None`: there is none. Then [`reapply`].
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut System, id: RouteId) -> DbResult<Option<Rule>> {
    Ok(on_either!(tx, conn => {
        diesel::delete(routes::table.find(Word(id)))
            .returning(Rule::as_returning())
            .get_result(conn)
            .await
            .optional()
    })?)
}
