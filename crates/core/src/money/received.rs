//! What faxes use that come in, and faxes that end without a call.

use faxgate_db::Tx;
use faxgate_db::faxes::Fax;
use faxgate_db::money::entries::{EntryKind, Posting};
use faxgate_db::money::{balance, prices};
use faxgate_db::tenants;
use faxgate_db::usage::{Day, Usage};
use faxgate_types::{FaxStatus, ItemState, SendingPolicy, TenantId, Timestamp};

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Counts a fax that came in, in the transaction that shows it to its tenant, and charges its pages. `before` is the fax as it
    /// was shown before: only what is new counts.
    ///
    /// Test faxes count nothing. Nothing is refused for want of money: a prepaid balance goes below zero for what came in.
    pub(crate) async fn count_received(
        &self,
        tx: &mut Tx,
        fax: &Fax,
        before: Option<&Fax>,
        now: Timestamp,
    ) -> Result<()> {
        if fax.simulated {
            return Ok(());
        }
        let is_received = |fax: &Fax| fax.status == FaxStatus::Received;
        let pages = |fax: &Fax| match is_received(fax) {
            true => u64::try_from(fax.pages).unwrap_or(0),
            false => 0,
        };
        let more = pages(fax).saturating_sub(before.map_or(0, pages));
        let is_new = is_received(fax) && !before.is_some_and(is_received);
        let mut used = Usage {
            faxes_received: is_new.into(),
            pages_received: more,
            ..Usage::default()
        };
        if more > 0 {
            let (list, balance) = prices::terms(tx, fax.tenant_id).await?;
            used.price = self.price_list(list.as_deref()).received(more);
            if balance.is_some_and(|balance| balance.prepaid) && used.price > 0 {
                let posting = Posting {
                    kind: EntryKind::Received,
                    amount: -i64::try_from(used.price).unwrap_or(i64::MAX),
                    held: 0,
                    fax: Some(fax.id),
                    attempt: None,
                    reference: None,
                    note: None,
                    at: now,
                };
                if let Some(left) = balance::post(tx, fax.tenant_id, &posting).await? {
                    self.tell_if_low(tx, fax.tenant_id, &left, now).await?;
                }
            }
        }
        self.count_today(tx, fax.tenant_id, used, now).await
    }

    /// Counts recipients that became final without a call.
    pub(crate) async fn count_ended(
        &self,
        tx: &mut Tx,
        fax: &Fax,
        state: ItemState,
        recipients: u64,
        now: Timestamp,
    ) -> Result<()> {
        if fax.simulated {
            return Ok(());
        }
        let used = match state {
            ItemState::Sent => Usage {
                faxes_sent: recipients,
                ..Usage::default()
            },
            ItemState::Failed => Usage {
                faxes_failed: recipients,
                ..Usage::default()
            },
            _ => return Ok(()),
        };
        self.count_today(tx, fax.tenant_id, used, now).await
    }

    /// Counts what no limit bounds.
    async fn count_today(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        used: Usage,
        now: Timestamp,
    ) -> Result<()> {
        if used.is_nothing() {
            return Ok(());
        }
        let of = tenants::find(tx, tenant).await?;
        let zone = of
            .ok_or_else(|| Error::internal("a fax has lost its tenant"))?
            .time_zone;
        self.count_usage(
            tx,
            tenant,
            &SendingPolicy::default(),
            Day::of(zone, now),
            used,
        )
        .await
    }
}
