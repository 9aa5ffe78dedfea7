//! Claiming items, keeping the claim, and giving it back.

use std::time::Duration;

use faxgate_db::faxes;
use faxgate_db::items::{self, Claimed, Item, LaneLimits};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{FaxId, ItemId, ItemState, TenantId};

use crate::app::App;
use crate::error::Result;

/// Which items a lane takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimScope {
    /// Real faxes only.
    Real,
    /// Test faxes only.
    Test,
    /// Real faxes whose route begins with on-net: see [`App::claim_on_net`].
    OnNet,
}

/// What a line asks of the queue.
#[derive(Clone, Copy, Debug)]
pub struct ClaimFor<'a> {
    /// The line's name.
    pub lane: &'a str,
    /// Which items it takes.
    pub scope: ClaimScope,
    /// What it takes, all nodes together.
    pub limits: LaneLimits,
    /// The lines of this scope that are up.
    pub lanes_up: &'a [&'a str],
    /// How long the leases run.
    pub lease: Duration,
    /// At most so many.
    pub limit: u32,
}

impl App {
    /// Claims due items for this node: fair between tenants, within every limit.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn claim(&self, ask: ClaimFor<'_>) -> Result<Claimed> {
        let now = self.now();
        let claim = items::Claim {
            node: self.node(),
            lane: ask.lane,
            simulated: match ask.scope {
                ClaimScope::Real | ClaimScope::OnNet => false,
                ClaimScope::Test => true,
            },
            limits: ask.limits,
            lanes_up: ask.lanes_up,
            now,
            until: now + ask.lease,
            limit: ask.limit,
        };
        let mut tx = self.db.system("claim items").await?;
        let claimed = items::claim(&mut tx, claim).await?;
        tx.commit().await?;
        if !claimed.items.is_empty() {
            failpoint::reach(Failpoint::Claim);
        }
        Ok(claimed)
    }

    /// Claims due items for this node that stay inside the gateway, at most `limit`. `lanes_up` are the lines for real faxes that
    /// are up.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn claim_on_net(
        &self,
        lanes_up: &[&str],
        lease: Duration,
        limit: u32,
    ) -> Result<Claimed> {
        let now = self.now();
        let who = items::OnNetClaim {
            node: self.node(),
            lanes_up,
            now,
            until: now + lease,
            limit,
        };
        let mut tx = self.db.system("claim items that stay on-net").await?;
        let claimed = items::claim_on_net(&mut tx, who).await?;
        tx.commit().await?;
        if !claimed.items.is_empty() {
            failpoint::reach(Failpoint::Claim);
        }
        Ok(claimed)
    }

    /// Puts what this node had claimed, and not dialled, back into the queue: at start, and when it stops.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn hand_back_claims(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.db.system("hand back claims").await?;
        let items = items::hand_back(&mut tx, self.node(), true, now).await?;
        faxgate_db::jobs::hand_back(&mut tx, self.node()).await?;
        tx.commit().await?;
        Ok(items)
    }

    /// Puts one claimed item back into the queue, for a moment later: its line went away before anything was written. If
    /// somebody asked to cancel it meanwhile, it is canceled.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn unclaim(&self, item: &Item, wait: Duration) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.write(item.tenant_id).await?;
        items::unclaim(&mut tx, item, now + wait, now).await?;
        tx.commit().await?;
        self.cancel_waiting(item.tenant_id, item.fax_id, item.id)
            .await
    }

    /// Items of this node whose call somebody wants to end. Those that came back to the queue meanwhile are canceled here.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn cancel_requests(&self) -> Result<Vec<ItemId>> {
        let mut tx = self.db.system_read("cancel requests").await?;
        let items = items::cancel_requests(&mut tx, self.node()).await?;
        let waiting = items::to_cancel(&mut tx).await?;
        tx.commit().await?;
        for (tenant, fax, item) in waiting {
            self.cancel_waiting(tenant, fax, item).await?;
        }
        Ok(items)
    }

    /// Cancels an item that waits, if somebody asked for that while it was claimed.
    async fn cancel_waiting(&self, tenant: TenantId, fax: FaxId, item: ItemId) -> Result<()> {
        let mut tx = self.db.write(tenant).await?;
        // The fax first: whoever changes items of one fax takes its row before theirs.
        let fax = faxes::lock(&mut tx, tenant, fax).await?;
        let item = items::find(&mut tx, tenant, item).await?;
        if let (Some(fax), Some(item)) = (fax, item)
            && item.state == ItemState::Queued
            && item.cancel_requested
        {
            let reason = "canceled before it was dialled";
            self.end_without_call(&mut tx, &item, &fax, ItemState::Canceled, reason)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
