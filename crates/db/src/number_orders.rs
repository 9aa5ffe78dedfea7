//! Orders of numbers: written down before the carrier is asked, and followed to their end.

use std::fmt;
use std::str::FromStr;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, NumberOrderState, OrderId, Role, TenantId, Timestamp, UserId};

use crate::column::{At, OptAt, OptWord, Word};
use crate::connection::{Conn, on_either};
use crate::dids;
use crate::error::DbResult;
use crate::schema::{memberships, number_orders};
use crate::tx::{System, Tx};

/// Any number that no other program takes as the first of two for an advisory lock in the same database.
const ORDERING: i32 = 0x0fa_c1a3;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = number_orders, check_for_backend(Pg, Sqlite))]
pub struct NumberOrder {
    /// Its id, and the carrier's `customer_reference`.
    #[diesel(deserialize_as = Word<OrderId>)]
    pub id: OrderId,
    /// Whose the numbers will be.
    #[diesel(deserialize_as = Word<TenantId>)]
    pub tenant_id: TenantId,
    /// Who ordered; `None`: an operator at the gateway's own console.
    #[diesel(deserialize_as = OptWord<UserId>)]
    pub user_id: Option<UserId>,
    /// From whom: `telnyx`.
    pub carrier: String,
    /// The carrier's id of it, once it is known.
    pub carrier_order_id: Option<String>,
    /// The numbers.
    #[diesel(deserialize_as = Word<Numbers>)]
    pub numbers: Numbers,
    /// How it stands.
    #[diesel(deserialize_as = Word<NumberOrderState>)]
    pub state: NumberOrderState,
    /// Why it failed; before its end: what the carrier waits for.
    pub error: Option<String>,
    /// When the carrier was last asked for it: committed before the request leaves.
    #[diesel(deserialize_as = OptAt)]
    pub asked_at: Option<Timestamp>,
    /// How often the carrier's list was read since then without finding it.
    pub looks: i32,
    /// Since when it is.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
}

/// Numbers in one column, separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(pub Vec<E164>);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{number}")?;
        }
        Ok(())
    }
}

impl FromStr for Numbers {
    type Err = <E164 as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl From<Word<Numbers>> for Numbers {
    fn from(word: Word<Numbers>) -> Self {
        word.0
    }
}

/// Those of the numbers that are in an order that has not ended, whoever made it. Until this transaction ends nobody else gets
/// an answer, so that two cannot order the same number.
///
/// # Errors
/// When the query fails.
pub async fn under_way(tx: &mut System, numbers: &[E164]) -> DbResult<Vec<E164>> {
    if let Conn::Postgres(conn) = tx.conn() {
        use diesel_async::SimpleAsyncConnection as _;
        let alone = format!("SELECT pg_advisory_xact_lock({ORDERING}, 0)");
        conn.batch_execute(&alone).await?;
    }
    tx.succeeded();
    let open = [NumberOrderState::Pending, NumberOrderState::Placed].map(Word);
    let lists: Vec<Word<Numbers>> = on_either!(tx, conn => {
        number_orders::table
            .filter(number_orders::state.eq_any(open))
            .select(number_orders::numbers)
            .load(conn)
            .await
    })?;
    let ordered: Vec<E164> = lists.into_iter().flat_map(|list| list.0.0).collect();
    Ok(numbers
        .iter()
        .filter(|number| ordered.contains(number))
        .cloned()
        .collect())
}

/// The numbers that a tenant's own people have through orders: those under way, and those that came and are the tenant's
/// still. What operators ordered for it does not count. After [`under_way`], in its transaction, nobody else adds to them.
///
/// # Errors
/// When the query fails.
pub async fn had_by_tenant(tx: &mut System, tenant: TenantId) -> DbResult<Vec<E164>> {
    let operator = Role::Operator.as_str();
    let lists: Vec<(Word<NumberOrderState>, Word<Numbers>)> = on_either!(tx, conn => {
        let operators = memberships::table
            .filter(memberships::role.eq(operator))
            .select(memberships::user_id.nullable());
        number_orders::table
            .filter(number_orders::tenant_id.eq(Word(tenant)))
            // Nor does what was ordered at the console, by nobody.
            .filter(number_orders::user_id.is_not_null())
            .filter(number_orders::user_id.ne_all(operators))
            .select((number_orders::state, number_orders::numbers))
            .load(conn)
            .await
    })?;
    let (mut had, mut came) = (Vec::new(), Vec::new());
    for (state, numbers) in lists {
        match state.0.is_final() {
            true => came.extend(numbers.0.0),
            false => had.extend(numbers.0.0),
        }
    }
    let kept = dids::among(tx, &came).await?;
    let kept = kept.into_iter().filter(|(did, _)| did.tenant_id == tenant);
    had.extend(kept.map(|(did, _)| did.number));
    had.sort_unstable();
    had.dedup();
    Ok(had)
}

/// Writes a new order down.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut Tx, order: &NumberOrder) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(number_orders::table)
            .values((
                number_orders::id.eq(Word(order.id)),
                number_orders::tenant_id.eq(Word(order.tenant_id)),
                number_orders::user_id.eq(Word::opt(order.user_id)),
                number_orders::carrier.eq(&order.carrier),
                number_orders::numbers.eq(Word(order.numbers.clone())),
                number_orders::state.eq(Word(order.state)),
                number_orders::created_at.eq(At(order.created_at)),
                number_orders::updated_at.eq(At(order.updated_at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// An order by its id; with a tenant, only one of that tenant's.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    id: OrderId,
) -> DbResult<Option<NumberOrder>> {
    Ok(on_either!(tx, conn => {
        let mut found = number_orders::table.find(Word(id)).into_boxed();
        if let Some(tenant) = tenant {
            found = found.filter(number_orders::tenant_id.eq(Word(tenant)));
        }
        found
            .select(NumberOrder::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// How many orders there are, and a page of them, newest first; with a tenant, only that tenant's.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<NumberOrder>)> {
    let total = on_either!(tx, conn => {
        let mut all = number_orders::table.into_boxed();
        if let Some(tenant) = tenant {
            all = all.filter(number_orders::tenant_id.eq(Word(tenant)));
        }
        all.count().get_result(conn).await
    })?;
    let orders = on_either!(tx, conn => {
        let mut some = number_orders::table.into_boxed();
        if let Some(tenant) = tenant {
            some = some.filter(number_orders::tenant_id.eq(Word(tenant)));
        }
        some.select(NumberOrder::as_select())
            .order((number_orders::created_at.desc(), number_orders::id.desc()))
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((total, orders))
}

/// Writes how an order stands: its carrier's id, state, error, and when the carrier was asked. What has ended stays as it ended;
/// then the answer is `false`.
///
/// # Errors
/// When the query fails.
pub async fn update(tx: &mut System, order: &NumberOrder, now: Timestamp) -> DbResult<bool> {
    let open = [NumberOrderState::Pending, NumberOrderState::Placed].map(Word);
    let changed = on_either!(tx, conn => {
        diesel::update(
            number_orders::table
                .find(Word(order.id))
                .filter(number_orders::state.eq_any(open)),
        )
        .set((
            number_orders::carrier_order_id.eq(&order.carrier_order_id),
            number_orders::state.eq(Word(order.state)),
            number_orders::error.eq(&order.error),
            number_orders::asked_at.eq(order.asked_at.map(At)),
            number_orders::looks.eq(order.looks),
            number_orders::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}
