//! What a tenant's limits leave.

use std::time::Duration;

use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp};

use super::Claim;
use super::book::Share;
use super::open::OfTenant;
use crate::column::{OptAt, UtcTimestamp};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::usage::{self, Day};

const MINUTE: Duration = Duration::from_secs(60);
/// A tenant at a limit is woken by what makes room; and looked at this often, in case nothing said so.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// How much more may be begun, by each limit that the tenant has.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    calls: Option<u32>,
    this_minute: Option<i64>,
    /// The first attempt of the last minute.
    minute_began: Option<Timestamp>,
    attempts_today: Option<i64>,
    ms_today: Option<i64>,
    cost_today: Option<i64>,
    cost_per_minute: i64,
    day_ends: Timestamp,
    now: Timestamp,
}

impl Allowance {
    pub(super) async fn load(
        tx: &mut Tx,
        tenant: TenantId,
        share: &Share,
        open: OfTenant,
        claim: &Claim<'_>,
    ) -> DbResult<Self> {
        let policy = &share.policy;
        let cost_per_minute = i64::try_from(claim.limits.cost_per_minute).unwrap_or(i64::MAX);
        let mut allowance = Self {
            calls: policy.max_calls.map(|most| most.saturating_sub(open.calls)),
            this_minute: None,
            minute_began: None,
            attempts_today: None,
            ms_today: None,
            cost_today: None,
            cost_per_minute,
            day_ends: claim.now + LOOK_AGAIN,
            now: claim.now,
        };
        if let Some(most) = policy.attempts_per_minute {
            let (begun, first) = last_minute(tx, tenant, claim).await?;
            allowance.this_minute = Some(i64::from(most) - begun - i64::from(open.claimed));
            allowance.minute_began = first;
        }
        let days = policy.attempts_per_day.is_some()
            || policy.minutes_per_day.is_some()
            || policy.cost_per_day.is_some();
        // Test faxes use up nothing.
        if days && !claim.simulated {
            let day = Day::of(share.zone, claim.now);
            let used = usage::of_day(tx, tenant, day).await?;
            let count = |used: u64| i64::try_from(used).unwrap_or(i64::MAX);
            let left = |most: i64, used: u64, open: i64| {
                most.saturating_sub(count(used)).saturating_sub(open)
            };
            allowance.attempts_today = policy
                .attempts_per_day
                .map(|most| left(i64::from(most), used.attempts, i64::from(open.calls)));
            allowance.ms_today = policy.minutes_per_day.map(|most| {
                let used = used.line_seconds.saturating_mul(1000);
                left(i64::from(most) * 60_000, used, open.line_ms)
            });
            allowance.cost_today = policy
                .cost_per_day
                .map(|most| left(count(most), used.cost, allowance.cost(open.line_ms)));
            allowance.day_ends = day.ends().min(claim.now + LOOK_AGAIN);
        }
        Ok(allowance)
    }

    /// The limit at which the tenant is, and when to look again.
    pub(super) fn is_spent(&self) -> Option<(WaitingFor, Timestamp)> {
        let spent = |left: Option<i64>| left.is_some_and(|left| left <= 0);
        if self.calls == Some(0) {
            Some((WaitingFor::TenantCalls, self.now + LOOK_AGAIN))
        } else if spent(self.this_minute) {
            // What this claim took has no attempt yet.
            let soon = self.now + Duration::from_secs(1);
            let frees = self.minute_began.map_or(soon, |first| first + MINUTE);
            Some((
                WaitingFor::AttemptsPerMinute,
                frees.max(self.now + Duration::from_millis(1)),
            ))
        } else if spent(self.attempts_today) {
            Some((WaitingFor::AttemptsPerDay, self.day_ends))
        } else if spent(self.ms_today) {
            Some((WaitingFor::MinutesPerDay, self.day_ends))
        } else if spent(self.cost_today) {
            Some((WaitingFor::CostPerDay, self.day_ends))
        } else {
            None
        }
    }

    /// A call of about this length was granted.
    pub(super) fn spend(&mut self, line_ms: i64) {
        let cost = self.cost(line_ms);
        if let Some(calls) = &mut self.calls {
            *calls = calls.saturating_sub(1);
        }
        for (left, by) in [
            (&mut self.this_minute, 1),
            (&mut self.attempts_today, 1),
            (&mut self.ms_today, line_ms),
            (&mut self.cost_today, cost),
        ] {
            if let Some(left) = left {
                *left = left.saturating_sub(by);
            }
        }
    }

    fn cost(&self, line_ms: i64) -> i64 {
        let cost = i128::from(line_ms) * i128::from(self.cost_per_minute) / 60_000;
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

/// Calls begun within the last minute, and when the first of them was.
async fn last_minute(
    tx: &mut Tx,
    tenant: TenantId,
    claim: &Claim<'_>,
) -> DbResult<(i64, Option<Timestamp>)> {
    let begun = Sql::<(BigInt, Nullable<UtcTimestamp>)>::new(
        "SELECT count(*), min(created_at) FROM attempts WHERE tenant_id = ",
    )
    .str(&tenant)
    .sql(" AND simulated = ")
    .flag(claim.simulated)
    .sql(" AND created_at > ")
    .at(claim.now - MINUTE);
    let (count, first): (i64, OptAt) = on_either!(tx, conn => begun.get_result(conn).await)?;
    Ok((count, first.into()))
}
