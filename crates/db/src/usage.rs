//! What tenants used of the gateway, by day.

mod day;
mod span;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::TenantId;

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::usage_days as days;
use crate::tx::Tx;

pub use day::Day;
pub use span::{NoSpan, Span};

/// What was used: on a day, or by a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls, hand-overs inside the gateway among them.
    pub attempts: u64,
    /// Seconds on the line.
    pub line_seconds: u64,
    /// What it cost the gateway, in millionths of the currency.
    pub cost: u64,
    /// What the tenant is charged, in millionths of the currency.
    pub price: u64,
    /// Recipients that have their fax.
    pub faxes_sent: u64,
    /// Recipients that were given up.
    pub faxes_failed: u64,
    /// Faxes that came in with at least a page.
    pub faxes_received: u64,
    /// Pages that far ends confirmed.
    pub pages_sent: u64,
    /// Pages that came in.
    pub pages_received: u64,
    /// Of the recipients that have their fax: those that got it inside the gateway.
    pub faxes_on_net: u64,
    /// Of the pages sent: those that were handed over inside the gateway.
    pub pages_on_net: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        for (sum, more) in self.each_mut().into_iter().zip(more.each()) {
            *sum = sum.saturating_add(more);
        }
    }
}

impl Usage {
    /// Whether nothing was used.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    const fn each(self) -> [u64; 11] {
        [
            self.attempts,
            self.line_seconds,
            self.cost,
            self.price,
            self.faxes_sent,
            self.faxes_failed,
            self.faxes_received,
            self.pages_sent,
            self.pages_received,
            self.faxes_on_net,
            self.pages_on_net,
        ]
    }

    fn each_mut(&mut self) -> [&mut u64; 11] {
        [
            &mut self.attempts,
            &mut self.line_seconds,
            &mut self.cost,
            &mut self.price,
            &mut self.faxes_sent,
            &mut self.faxes_failed,
            &mut self.faxes_received,
            &mut self.pages_sent,
            &mut self.pages_received,
            &mut self.faxes_on_net,
            &mut self.pages_on_net,
        ]
    }
}

/// A row.
#[derive(Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = days, check_for_backend(Pg, Sqlite))]
struct Row {
    attempts: i64,
    line_seconds: i64,
    cost: i64,
    price: i64,
    faxes_sent: i64,
    faxes_failed: i64,
    faxes_received: i64,
    pages_sent: i64,
    pages_received: i64,
    faxes_on_net: i64,
    pages_on_net: i64,
}

impl From<Row> for Usage {
    fn from(row: Row) -> Self {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Self {
            attempts: count(row.attempts),
            line_seconds: count(row.line_seconds),
            cost: count(row.cost),
            price: count(row.price),
            faxes_sent: count(row.faxes_sent),
            faxes_failed: count(row.faxes_failed),
            faxes_received: count(row.faxes_received),
            pages_sent: count(row.pages_sent),
            pages_received: count(row.pages_received),
            faxes_on_net: count(row.faxes_on_net),
            pages_on_net: count(row.pages_on_net),
        }
    }
}

/// Adds what was used, in the transaction that settles it; answers what the day comes to. Test faxes use nothing.
///
/// # Errors
/// When the query fails.
pub async fn add(tx: &mut Tx, tenant: TenantId, day: Day, used: Usage) -> DbResult<Usage> {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let [
        attempts,
        line_seconds,
        cost,
        price,
        faxes_sent,
        faxes_failed,
        faxes_received,
        pages_sent,
        pages_received,
        faxes_on_net,
        pages_on_net,
    ] = used.each().map(signed);
    let now: Row = on_either!(tx, conn => {
        diesel::insert_into(days::table)
            .values((
                days::tenant_id.eq(Word(tenant)),
                days::day.eq(day.to_string()),
                days::attempts.eq(attempts),
                days::line_seconds.eq(line_seconds),
                days::cost.eq(cost),
                days::price.eq(price),
                days::faxes_sent.eq(faxes_sent),
                days::faxes_failed.eq(faxes_failed),
                days::faxes_received.eq(faxes_received),
                days::pages_sent.eq(pages_sent),
                days::pages_received.eq(pages_received),
                days::faxes_on_net.eq(faxes_on_net),
                days::pages_on_net.eq(pages_on_net),
            ))
            .on_conflict((days::tenant_id, days::day))
            .do_update()
            .set((
                days::attempts.eq(days::attempts + attempts),
                days::line_seconds.eq(days::line_seconds + line_seconds),
                days::cost.eq(days::cost + cost),
                days::price.eq(days::price + price),
                days::faxes_sent.eq(days::faxes_sent + faxes_sent),
                days::faxes_failed.eq(days::faxes_failed + faxes_failed),
                days::faxes_received.eq(days::faxes_received + faxes_received),
                days::pages_sent.eq(days::pages_sent + pages_sent),
                days::pages_received.eq(days::pages_received + pages_received),
                days::faxes_on_net.eq(days::faxes_on_net + faxes_on_net),
                days::pages_on_net.eq(days::pages_on_net + pages_on_net),
            ))
            .returning(Row::as_returning())
            .get_result(conn)
            .await
    })?;
    Ok(now.into())
}

/// What the tenant used on a day.
///
/// # Errors
/// When the query fails.
pub async fn of_day(tx: &mut Tx, tenant: TenantId, day: Day) -> DbResult<Usage> {
    let found: Option<Row> = on_either!(tx, conn => {
        days::table
            .find((Word(tenant), day.to_string()))
            .select(Row::as_select())
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(Usage::from).unwrap_or_default())
}

/// What the tenant used in the month of a day.
///
/// # Errors
/// When the query fails.
pub async fn of_month(tx: &mut Tx, tenant: TenantId, day: Day) -> DbResult<Usage> {
    let (first, last) = day.month_bounds();
    let mut sum = Usage::default();
    for (_, used) in between(tx, tenant, &first, &last).await? {
        sum += used;
    }
    Ok(sum)
}

/// What the tenant used on each day on which it used anything, from one day to another (`YYYY-MM-DD`, both included), in order.
///
/// # Errors
/// When the query fails.
pub async fn between(
    tx: &mut Tx,
    tenant: TenantId,
    from: &str,
    to: &str,
) -> DbResult<Vec<(String, Usage)>> {
    let rows: Vec<(String, Row)> = on_either!(tx, conn => {
        days::table
            .filter(days::tenant_id.eq(Word(tenant)))
            .filter(days::day.between(from, to))
            .select((days::day, Row::as_select()))
            .order(days::day)
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(day, row)| (day, row.into()))
        .collect())
}

/// What the tenant used on each of the latest days on which it used anything, as `YYYY-MM-DD`, latest first.
///
/// # Errors
/// When the query fails.
pub async fn latest(tx: &mut Tx, tenant: TenantId, limit: i64) -> DbResult<Vec<(String, Usage)>> {
    let rows: Vec<(String, Row)> = on_either!(tx, conn => {
        days::table
            .filter(days::tenant_id.eq(Word(tenant)))
            .select((days::day, Row::as_select()))
            .order(days::day.desc())
            .limit(limit)
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(day, row)| (day, row.into()))
        .collect())
}
