//! What a call is charged when it has ended.

use faxgate_db::Tx;
use faxgate_db::attempts::Attempt;
use faxgate_db::money::balance::{self, Balance, Told};
use faxgate_db::money::charges::{self, Charge};
use faxgate_db::money::entries::{EntryKind, Posting};
use faxgate_types::{FailureClass, Outcome, TenantId, Timestamp};

use super::Rate;
use crate::app::App;
use crate::error::Result;

/// How a call ended, as far as money goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What kind of failure it was.
    pub(crate) class: Option<FailureClass>,
    /// Pages that the far end confirmed.
    pub(crate) pages: u32,
    /// Seconds on the line.
    pub(crate) seconds: u32,
    /// Whether more may be learned of it: then what is left of its hold is kept.
    pub(crate) is_open: bool,
}

impl Called {
    /// Whether a call came about, as against one that nobody placed, that its line would not take, or that we spoiled.
    fn came_about(&self) -> bool {
        use FailureClass::{Account, BackPressure, Local};
        self.outcome != Outcome::NeverDialled
            && !matches!(self.class, Some(Account | BackPressure | Local))
    }

    /// What it costs by this rate.
    fn price(&self, rate: &Rate) -> i64 {
        if self.outcome == Outcome::NeverDialled {
            return 0;
        }
        let price = rate.price(self.came_about(), self.pages, self.seconds.into());
        i64::try_from(price).unwrap_or(i64::MAX)
    }
}

impl App {
    /// Charges a call that has ended, or of which more is known now, in the transaction of its verdict; says how much more than
    /// before. A prepaid call is never charged more than was held for it when it was begun.
    pub(crate) async fn charge(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        called: &Called,
        now: Timestamp,
    ) -> Result<u64> {
        let Some(charge) = charges::find(tx, attempt.tenant_id, attempt.id).await? else {
            return Ok(0);
        };
        let actual = called.price(&rate(&charge));
        let price = charge.most.map_or(actual, |most| actual.min(most));
        // What was charged once stays charged: who was told more of a call does not know less of it.
        let price = price.max(charge.price);
        let more = price - charge.price;
        let held = match charge.most {
            Some(most) if called.is_open => (most - price).min(charge.held),
            _ => 0,
        };
        if more > 0 || held != charge.held {
            charges::settle(tx, &charge, held, price).await?;
        }
        if charge.most.is_some() && (more > 0 || held != charge.held) {
            self.capture(tx, &charge, more, held, now).await?;
        }
        Ok(u64::try_from(more).unwrap_or(0))
    }

    async fn capture(
        &self,
        tx: &mut Tx,
        charge: &Charge,
        more: i64,
        held: i64,
        now: Timestamp,
    ) -> Result<()> {
        let tenant = charge.tenant_id;
        let posting = Posting {
            kind: match (more, charge.held) {
                (0, _) => EntryKind::Release,
                (_, 0) => EntryKind::Correction,
                _ => EntryKind::Capture,
            },
            amount: -more,
            held: held - charge.held,
            fax: Some(charge.fax_id),
            attempt: Some(charge.attempt_id),
            reference: None,
            note: None,
            at: now,
        };
        let Some(left) = balance::post(tx, tenant, &posting).await? else {
            return Ok(());
        };
        if charge.held - held > more {
            self.wake_for_money(tx, tenant, &left, now).await?;
        }
        self.tell_if_low(tx, tenant, &left, now).await
    }

    /// Tells the tenant, once, that there is less left than it wanted to know of.
    pub(super) async fn tell_if_low(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        left: &Balance,
        now: Timestamp,
    ) -> Result<()> {
        let is_low = left.low_mark.is_some_and(|mark| left.balance < mark);
        if is_low && left.is_news(Told::Low) {
            balance::tell(tx, tenant, Told::Low).await?;
            self.tell_low(tx, tenant, left, now).await?;
        }
        Ok(())
    }
}

fn rate(charge: &Charge) -> Rate {
    let price = |stored: i64| u64::try_from(stored).unwrap_or(0);
    Rate {
        per_page: price(charge.per_page),
        per_minute: price(charge.per_minute),
        per_attempt: price(charge.per_attempt),
    }
}
