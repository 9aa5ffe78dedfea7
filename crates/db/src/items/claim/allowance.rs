//! What a tenant's limits leave.

use std::time::Duration;

use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use faxgate_types::{SendingPolicy, TenantId, Timestamp};

use super::Claim;
use super::book::Share;
use super::open::OfTenant;
use crate::column::{OptAt, UtcTimestamp};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::money::{balance, waits};
use crate::sql::Sql;
use crate::tx::Tx;
use crate::usage::{self, Day, Usage};

const MINUTE: Duration = Duration::from_secs(60);
/// A tenant at a limit is woken by what makes room; and looked at this often, in case nothing said so.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// So many recipients of a tenant find out one by one that there is too little money for them; then all of it waits.
const MOST_WAITS: i64 = 32;

/// How much more may be begun, by each limit that the tenant has.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    calls: Option<u32>,
    this_minute: Option<i64>,
    /// How much of that is not for bulk calls.
    kept_this_minute: i64,
    /// The first attempt of the last minute.
    minute_began: Option<Timestamp>,
    /// Whether its money is used up.
    is_broke: bool,
    caps: Vec<Cap>,
    cost_per_minute: i64,
    now: Timestamp,
}

/// What is left of a limit for a day or a month.
#[derive(Clone, Copy, Debug)]
struct Cap {
    left: i64,
    /// How much of it is not for bulk calls.
    kept: i64,
    of: Measure,
    name: WaitingFor,
    /// When it begins anew.
    ends: Timestamp,
}

/// What limits count.
#[derive(Clone, Copy, Debug)]
enum Measure {
    Calls,
    LineMs,
    Cost,
    Pages,
}

/// What calls take, measured in every way that limits count.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    calls: i64,
    line_ms: i64,
    cost: i64,
    pages: i64,
}

impl Taken {
    const fn of(&self, measure: Measure) -> i64 {
        match measure {
            Measure::Calls => self.calls,
            Measure::LineMs => self.line_ms,
            Measure::Cost => self.cost,
            Measure::Pages => self.pages,
        }
    }
}

impl From<Usage> for Taken {
    fn from(used: Usage) -> Self {
        let count = |used: u64| i64::try_from(used).unwrap_or(i64::MAX);
        Self {
            calls: count(used.attempts),
            line_ms: count(used.line_seconds.saturating_mul(1000)),
            cost: count(used.cost),
            pages: count(used.pages_sent),
        }
    }
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
            kept_this_minute: 0,
            minute_began: None,
            is_broke: false,
            caps: Vec::new(),
            cost_per_minute,
            now: claim.now,
        };
        if let Some(most) = policy.attempts_per_minute {
            let (begun, first) = last_minute(tx, tenant, claim).await?;
            allowance.this_minute = Some(i64::from(most) - begun - i64::from(open.claimed));
            allowance.kept_this_minute = claim.limits.kept_of(i64::from(most));
            allowance.minute_began = first;
        }
        // Test faxes use up nothing.
        if claim.simulated {
            return Ok(allowance);
        }
        let mut in_flight = Taken {
            calls: i64::from(open.calls),
            line_ms: open.line_ms,
            cost: allowance.cost(open.line_ms),
            pages: 0,
        };
        if policy.pages_per_day.is_some() || policy.pages_per_month.is_some() {
            in_flight.pages = pages_in_flight(tx, tenant).await?;
        }
        let today = Day::of(share.zone, claim.now);
        let daily = caps(policy, claim, today.ends(), &DAILY);
        if !daily.is_empty() {
            let used = usage::of_day(tx, tenant, today).await?;
            allowance.limit(daily, used.into(), in_flight);
        }
        let monthly = caps(policy, claim, today.month_ends(), &MONTHLY);
        if !monthly.is_empty() {
            let used = usage::of_month(tx, tenant, today).await?;
            allowance.limit(monthly, used.into(), in_flight);
        }
        if policy.prepaid == Some(true) {
            allowance.is_broke = is_broke(tx, tenant).await?;
        }
        Ok(allowance)
    }

    fn limit(&mut self, caps: Vec<Cap>, used: Taken, in_flight: Taken) {
        let left = |cap: Cap| Cap {
            left: cap
                .left
                .saturating_sub(used.of(cap.of))
                .saturating_sub(in_flight.of(cap.of)),
            ..cap
        };
        self.caps.extend(caps.into_iter().map(left));
    }

    /// The limit at which the tenant is, and when to look again.
    pub(super) fn is_spent(&self) -> Option<(WaitingFor, Timestamp)> {
        let again = self.now + LOOK_AGAIN;
        if self.calls == Some(0) {
            return Some((WaitingFor::TenantCalls, again));
        }
        if self.is_broke {
            return Some((WaitingFor::Balance, again));
        }
        if self.this_minute.is_some_and(|left| left <= 0) {
            return Some((WaitingFor::AttemptsPerMinute, self.minute_frees()));
        }
        let spent = self.caps.iter().find(|cap| cap.left <= 0);
        spent.map(|cap| (cap.name, cap.ends.min(again)))
    }

    /// Bulk calls have used up what is theirs of a limit; when to look again.
    pub(super) fn is_spent_for_bulk(&self) -> Option<Timestamp> {
        if self
            .this_minute
            .is_some_and(|left| left <= self.kept_this_minute)
        {
            return Some(self.minute_frees());
        }
        let spent = self.caps.iter().find(|cap| cap.left <= cap.kept);
        spent.map(|cap| cap.ends.min(self.now + LOOK_AGAIN))
    }

    /// When the first call of the last minute counts no more.
    fn minute_frees(&self) -> Timestamp {
        // What this claim took has no attempt yet.
        let soon = self.now + Duration::from_secs(1);
        let frees = self.minute_began.map_or(soon, |first| first + MINUTE);
        frees.max(self.now + Duration::from_millis(1))
    }

    /// A call of about this length, for so many pages, was granted.
    pub(super) fn spend(&mut self, line_ms: i64, pages: i64) {
        let taken = Taken {
            calls: 1,
            line_ms,
            cost: self.cost(line_ms),
            pages,
        };
        if let Some(calls) = &mut self.calls {
            *calls = calls.saturating_sub(1);
        }
        if let Some(left) = &mut self.this_minute {
            *left = left.saturating_sub(1);
        }
        for cap in &mut self.caps {
            cap.left = cap.left.saturating_sub(taken.of(cap.of));
        }
    }

    fn cost(&self, line_ms: i64) -> i64 {
        let cost = i128::from(line_ms) * i128::from(self.cost_per_minute) / 60_000;
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

/// A limit of the policy: its name, what it counts, and how much it allows of that.
type Limit = (WaitingFor, Measure, fn(&SendingPolicy) -> Option<i64>);

const DAILY: [Limit; 4] = [
    (WaitingFor::AttemptsPerDay, Measure::Calls, |p| {
        p.attempts_per_day.map(i64::from)
    }),
    (WaitingFor::MinutesPerDay, Measure::LineMs, |p| {
        p.minutes_per_day.map(minutes)
    }),
    (WaitingFor::CostPerDay, Measure::Cost, |p| {
        p.cost_per_day.map(money)
    }),
    (WaitingFor::PagesPerDay, Measure::Pages, |p| {
        p.pages_per_day.map(i64::from)
    }),
];
const MONTHLY: [Limit; 4] = [
    (WaitingFor::AttemptsPerMonth, Measure::Calls, |p| {
        p.attempts_per_month.map(i64::from)
    }),
    (WaitingFor::MinutesPerMonth, Measure::LineMs, |p| {
        p.minutes_per_month.map(minutes)
    }),
    (WaitingFor::CostPerMonth, Measure::Cost, |p| {
        p.cost_per_month.map(money)
    }),
    (WaitingFor::PagesPerMonth, Measure::Pages, |p| {
        p.pages_per_month.map(i64::from)
    }),
];

fn minutes(most: u32) -> i64 {
    i64::from(most) * 60_000
}

fn money(most: u64) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// Those of the limits that the policy sets, whole.
fn caps(policy: &SendingPolicy, claim: &Claim<'_>, ends: Timestamp, limits: &[Limit]) -> Vec<Cap> {
    let cap = |(name, of, most): &Limit| {
        most(policy).map(|left| Cap {
            left,
            kept: claim.limits.kept_of(left),
            of: *of,
            name: *name,
            ends,
        })
    };
    limits.iter().filter_map(cap).collect()
}

/// Whether nothing of a prepaid balance is left for calls, or too little for each of those who found out already.
async fn is_broke(tx: &mut Tx, tenant: TenantId) -> DbResult<bool> {
    let Some(balance) = balance::find(tx, tenant).await? else {
        return Ok(false);
    };
    let available = balance.available();
    if !balance.prepaid || available <= 0 {
        return Ok(balance.prepaid);
    }
    let (waiting, least) = waits::least(tx, tenant).await?;
    Ok(waiting >= MOST_WAITS && least.is_some_and(|least| least > available))
}

/// Pages that calls in flight may still send.
async fn pages_in_flight(tx: &mut Tx, tenant: TenantId) -> DbResult<i64> {
    // A sum of integers is of another type in each database.
    let pages = Sql::<BigInt>::new(
        "SELECT CAST(coalesce(sum(f.pages - i.confirmed_pages), 0) AS BIGINT) FROM queue_items i JOIN faxes f ON f.id = i.fax_id \
         WHERE i.state IN ('claimed', 'active') AND NOT i.simulated AND i.tenant_id = ",
    )
    .str(&tenant);
    Ok(on_either!(tx, conn => pages.get_result(conn).await)?)
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
