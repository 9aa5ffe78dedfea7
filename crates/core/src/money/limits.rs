//! Telling tenants that a limit is near or reached, and that their money runs out: each once.

use faxgate_db::money::balance::Balance;
use faxgate_db::money::notices::{self, LimitNotice};
use faxgate_db::usage::{self, Day, Usage};
use faxgate_db::{Tx, events};
use faxgate_types::{SendingPolicy, TenantId, Timestamp};
use serde_json::{Value, json};

use super::Amount;
use crate::app::App;
use crate::error::Result;
use crate::tell::EventType;
use crate::tell::facts::of_tenant;

/// The share of a limit at which it is near.
const NEAR: u8 = 80;

/// A limit of a tenant's, for a day or a month.
struct Cap {
    name: &'static str,
    most: u64,
    is_monthly: bool,
    /// What of a [`Usage`] it bounds.
    of: fn(&Usage) -> u64,
    /// For people: what it bounds.
    what: &'static str,
}

/// The limits that the policy sets.
fn caps(policy: &SendingPolicy) -> impl Iterator<Item = Cap> {
    let cap = |name, most: Option<u64>, is_monthly, of, what| {
        most.map(|most| Cap {
            name,
            most,
            is_monthly,
            of,
            what,
        })
    };
    let minutes = |most: Option<u32>| most.map(|most| u64::from(most) * 60);
    let count = |most: Option<u32>| most.map(u64::from);
    let calls = |used: &Usage| used.attempts;
    let seconds = |used: &Usage| used.line_seconds;
    let pages = |used: &Usage| used.pages_sent;
    let money = |used: &Usage| used.cost;
    [
        cap(
            "attempts_per_day",
            count(policy.attempts_per_day),
            false,
            calls,
            "calls a day",
        ),
        cap(
            "minutes_per_day",
            minutes(policy.minutes_per_day),
            false,
            seconds,
            "minutes a day",
        ),
        cap(
            "pages_per_day",
            count(policy.pages_per_day),
            false,
            pages,
            "pages a day",
        ),
        cap(
            "cost_per_day",
            policy.cost_per_day,
            false,
            money,
            "money a day",
        ),
        cap(
            "attempts_per_month",
            count(policy.attempts_per_month),
            true,
            calls,
            "calls a month",
        ),
        cap(
            "minutes_per_month",
            minutes(policy.minutes_per_month),
            true,
            seconds,
            "minutes a month",
        ),
        cap(
            "pages_per_month",
            count(policy.pages_per_month),
            true,
            pages,
            "pages a month",
        ),
        cap(
            "cost_per_month",
            policy.cost_per_month,
            true,
            money,
            "money a month",
        ),
    ]
    .into_iter()
    .flatten()
}

impl App {
    /// Adds what was used, and tells the tenant which of its limits that brings near or to their end. In the transaction of the
    /// change that used it, and just before its events.
    pub(crate) async fn count_usage(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        policy: &SendingPolicy,
        day: Day,
        used: Usage,
    ) -> Result<()> {
        if used.is_nothing() {
            return Ok(());
        }
        let today = usage::add(tx, tenant, day, used).await?;
        let mut month = None;
        for cap in caps(policy).filter(|cap| (cap.of)(&used) > 0) {
            let (so_far, period) = if cap.is_monthly {
                let month = match month {
                    Some(month) => month,
                    None => *month.insert(usage::of_month(tx, tenant, day).await?),
                };
                (month, day.month())
            } else {
                (today, day.to_string())
            };
            self.tell_of(tx, tenant, &cap, (cap.of)(&so_far), &period)
                .await?;
        }
        Ok(())
    }

    async fn tell_of(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        cap: &Cap,
        used: u64,
        period: &str,
    ) -> Result<()> {
        let percent = match u128::from(used) * 100 {
            used if used >= u128::from(cap.most) * 100 => 100,
            used if used >= u128::from(cap.most) * u128::from(NEAR) => NEAR,
            _ => return Ok(()),
        };
        let notice = LimitNotice {
            name: cap.name,
            period,
            percent,
            most: cap.most,
        };
        if !notices::take(tx, tenant, notice).await? {
            return Ok(());
        }
        let data = json!({"limit": cap.name, "period": period, "percent": percent, "used": used, "most": cap.most});
        let (what, text) = match percent {
            100 => (
                EventType::TenantLimitReached,
                format!(
                    "the limit of {} is reached in {period}: what is beyond it waits",
                    cap.what
                ),
            ),
            _ => (
                EventType::TenantLimitNear,
                format!(
                    "{percent} % of the limit of {} are used in {period}",
                    cap.what
                ),
            ),
        };
        self.tell_tenant(tx, tenant, what, text, data, self.now())
            .await
    }

    /// Tells the tenant that there is less money left than it wanted to know of.
    pub(super) async fn tell_low(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        left: &Balance,
        now: Timestamp,
    ) -> Result<()> {
        let amount = Amount::new(left.balance);
        let currency = &self.settings.tariff.currency;
        let text = format!("the prepaid balance is low: {amount} {currency}");
        self.tell_tenant(
            tx,
            tenant,
            EventType::TenantBalanceLow,
            text,
            self.state(left),
            now,
        )
        .await
    }

    /// Tells the tenant that a call waits for money.
    pub(super) async fn tell_used_up(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        left: &Balance,
        now: Timestamp,
    ) -> Result<()> {
        let amount = Amount::new(left.available());
        let currency = &self.settings.tariff.currency;
        let text = format!(
            "the prepaid balance is too low for a call, which waits: {amount} {currency} available"
        );
        self.tell_tenant(
            tx,
            tenant,
            EventType::TenantLimitReached,
            text,
            self.state(left),
            now,
        )
        .await
    }

    fn state(&self, left: &Balance) -> Value {
        json!({
            "limit": "balance",
            "balance": Amount::new(left.balance).to_string(),
            "available": Amount::new(left.available()).to_string(),
            "currency": self.settings.tariff.currency,
        })
    }

    async fn tell_tenant(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        what: EventType,
        text: String,
        data: Value,
        now: Timestamp,
    ) -> Result<()> {
        events::append(tx, tenant, &of_tenant(what.as_str(), text, data, now)).await?;
        Ok(())
    }
}
