//! What a call that is about to be begun is charged by, and holding the most that it can cost.

use std::time::Duration;

use faxgate_db::attempts::Attempt;
use faxgate_db::items::{self, Change, Item, WaitingFor};
use faxgate_db::money::balance::{self, Balance, Told};
use faxgate_db::money::charges::{self, Charge};
use faxgate_db::money::entries::{EntryKind, Posting};
use faxgate_db::money::{prices, waits};
use faxgate_db::{Tx, Wake};
use faxgate_types::{FaxId, ItemState, TenantId, Timestamp};

use super::{PriceList, Rate};
use crate::app::App;
use crate::error::Result;

/// Money wakes who waits for it; in case nothing did, it is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// What a call is charged by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    rate: Rate,
    /// The most that it can cost, where it is prepaid.
    most: Option<i64>,
    /// What there is for it.
    available: i64,
}

impl Terms {
    /// Whether there is too little money for it; then how much it needs.
    pub(crate) fn lacking(&self) -> Option<i64> {
        self.most.filter(|most| *most > self.available)
    }

    /// The most that it can cost, where it is prepaid.
    pub(crate) fn needs(&self) -> i64 {
        self.most.unwrap_or(0)
    }
}

impl App {
    /// What a call to this recipient is charged by: at most so many pages, and so long on the line.
    pub(crate) async fn terms(
        &self,
        tx: &mut Tx,
        item: &Item,
        pages: u32,
        longest: Duration,
    ) -> Result<Terms> {
        if item.simulated {
            return Ok(Terms::default());
        }
        let (list, balance) = prices::terms(tx, item.tenant_id).await?;
        let rate = self.price_list(list.as_deref()).rate(&item.destination);
        let Some(balance) = balance.filter(|balance| balance.prepaid) else {
            return Ok(Terms {
                rate,
                ..Terms::default()
            });
        };
        let worst = rate.price(true, pages, longest.as_secs());
        // What is held for an earlier call of which nobody knows the end is let go by this one.
        let own: i64 = match item.attempts {
            0 => 0,
            _ => self.in_doubt(tx, item).await?.iter().map(|c| c.held).sum(),
        };
        Ok(Terms {
            rate,
            most: Some(i64::try_from(worst).unwrap_or(i64::MAX)),
            available: balance.available().saturating_add(own),
        })
    }

    /// Writes down what the call is charged by, in the transaction of its intent, and holds the most that it can cost. `false`:
    /// somebody else took the money meanwhile; then nothing may be committed.
    pub(crate) async fn hold_for_call(
        &self,
        tx: &mut Tx,
        item: &Item,
        attempt: &Attempt,
        terms: &Terms,
    ) -> Result<bool> {
        let at = attempt.created_at;
        if item.attempts > 0 && !item.simulated {
            self.let_go(tx, item, at).await?;
        }
        let held = match terms.most {
            Some(most) if most > 0 => {
                let posting = Posting {
                    kind: EntryKind::Hold,
                    amount: 0,
                    held: most,
                    fax: Some(item.fax_id),
                    attempt: Some(attempt.id),
                    reference: None,
                    note: None,
                    at,
                };
                if balance::hold(tx, item.tenant_id, &posting).await?.is_none() {
                    return Ok(false);
                }
                most
            }
            _ => 0,
        };
        if terms.most.is_some() {
            waits::remove(tx, item.tenant_id, item.id).await?;
        }
        if terms.rate.is_free() {
            return Ok(true);
        }
        let amount = |millionths: u64| i64::try_from(millionths).unwrap_or(i64::MAX);
        let charge = Charge {
            attempt_id: attempt.id,
            tenant_id: item.tenant_id,
            fax_id: item.fax_id,
            item_id: item.id,
            per_page: amount(terms.rate.per_page),
            per_minute: amount(terms.rate.per_minute),
            per_attempt: amount(terms.rate.per_attempt),
            most: terms.most,
            held,
            price: 0,
        };
        charges::insert(tx, &charge).await?;
        Ok(true)
    }

    /// Puts a claimed recipient back until there is so much money for its call. No try is used up.
    pub(crate) async fn wait_for_money(
        &self,
        tx: &mut Tx,
        item: &Item,
        needs: i64,
        now: Timestamp,
    ) -> Result<()> {
        let tenant = item.tenant_id;
        let change = Change {
            due_at: now + LOOK_AGAIN,
            waiting_for: Some(WaitingFor::Balance),
            ..Change::of(item, ItemState::Queued)
        };
        if !items::change(tx, tenant, item.id, item.fence, &change, now).await? {
            return Ok(());
        }
        waits::add(tx, tenant, item.id, needs, now).await?;
        let left = balance::lock(tx, tenant, now).await?;
        // It may have come meanwhile; whoever brings it from here on finds who waits.
        self.wake_for_money(tx, tenant, &left, now).await?;
        if left.available() < needs && left.is_news(Told::Reached) {
            balance::tell(tx, tenant, Told::Reached).await?;
            self.tell_used_up(tx, tenant, &left, now).await?;
        }
        Ok(())
    }

    /// Wakes recipients that there is money for now.
    pub(super) async fn wake_for_money(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        left: &Balance,
        now: Timestamp,
    ) -> Result<()> {
        if left.available() > 0 && waits::wake(tx, tenant, left.available(), now).await? > 0 {
            tx.wake(Wake::Queue);
        }
        Ok(())
    }

    /// What is held for the recipient's earlier calls of which nobody knows the end is free again: another call is begun, or
    /// somebody has decided. What was proven of them was charged when they ended.
    pub(crate) async fn let_go(&self, tx: &mut Tx, item: &Item, now: Timestamp) -> Result<()> {
        for charge in self.in_doubt(tx, item).await? {
            self.free(tx, &charge, now).await?;
        }
        Ok(())
    }

    async fn in_doubt(&self, tx: &mut Tx, item: &Item) -> Result<Vec<Charge>> {
        let mut held = charges::in_doubt(tx, item.tenant_id, item.fax_id).await?;
        held.retain(|charge| charge.item_id == item.id);
        Ok(held)
    }

    /// The same for all recipients of a fax.
    pub(crate) async fn let_go_of_fax(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        fax: FaxId,
        now: Timestamp,
    ) -> Result<()> {
        for charge in charges::in_doubt(tx, tenant, fax).await? {
            self.free(tx, &charge, now).await?;
        }
        Ok(())
    }

    async fn free(&self, tx: &mut Tx, charge: &Charge, now: Timestamp) -> Result<()> {
        let posting = Posting {
            kind: EntryKind::Release,
            amount: 0,
            held: -charge.held,
            fax: Some(charge.fax_id),
            attempt: Some(charge.attempt_id),
            reference: None,
            note: Some("nobody learned how the call ended".to_owned()),
            at: now,
        };
        if let Some(left) = balance::post(tx, charge.tenant_id, &posting).await? {
            charges::settle(tx, charge, 0, charge.price).await?;
            self.wake_for_money(tx, charge.tenant_id, &left, now)
                .await?;
        }
        Ok(())
    }

    /// A tenant's own prices; without any, or when they cannot be read, those of the settings.
    pub(super) fn price_list(&self, own: Option<&str>) -> PriceList {
        let Some(own) = own else {
            return self.settings.prices.clone();
        };
        serde_json::from_str(own).unwrap_or_else(|error| {
            tracing::error!(%error, "a tenant's price list cannot be read: the gateway's prices hold");
            self.settings.prices.clone()
        })
    }
}
