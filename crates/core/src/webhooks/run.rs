//! Sending what is due: few tries an endpoint, many endpoints at once.
//!
//! An endpoint never has more than a few tries in hands, over all nodes, and a tenant no more than a part of what this node does at once, so
//! slow ones keep nobody waiting but themselves and their tenant; where there is little room, tenants take turns, and their endpoints.

use std::collections::HashMap;
use std::time::Duration;

use faxgate_db::webhooks::{self, Claimed};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{TenantId, WebhookId};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use super::settings::WebhookSettings;
use super::turns::{Place, Turns};
use crate::app::App;
use crate::error::Result;

const POLL: Duration = Duration::from_secs(1);
/// How often leases that lapsed are looked for.
const LAPSE_EVERY: Duration = Duration::from_secs(5);
const LAPSE_AT_ONCE: i64 = 200;
/// Beyond the time limit of a try: what it may take to write down how it went.
const SLACK: Duration = Duration::from_secs(45);

/// What one tenant may have under way of everything that a node does at once: this part.
const PART_OF_TENANT: u32 = 4;

/// The tries under way on this node.
#[derive(Default)]
struct Hands {
    tries: JoinSet<()>,
    whose: HashMap<Id, Place>,
    turns: Turns,
}

impl Hands {
    /// Lets go of what has ended.
    fn drain(&mut self) {
        while let Some(ended) = self.tries.try_join_next_with_id() {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(broken) => {
                let id = broken.id();
                let reason = crate::supervise::reason(broken);
                tracing::error!(reason, "the sending of a webhook broke; it comes again");
                id
            }
        };
        self.whose.remove(&id);
    }

    /// The endpoints that have as many tries here as they may.
    fn full(&self, most: u32) -> Vec<WebhookId> {
        let mut counts: HashMap<WebhookId, u32> = HashMap::new();
        for (_, endpoint) in self.whose.values() {
            *counts.entry(*endpoint).or_default() += 1;
        }
        counts.retain(|_, count| *count >= most);
        counts.into_keys().collect()
    }

    /// How many tries a tenant has here.
    fn of_tenant(&self, tenant: TenantId) -> u32 {
        let its = self.whose.values().filter(|(owner, _)| *owner == tenant);
        u32::try_from(its.count()).unwrap_or(u32::MAX)
    }
}

impl App {
    /// Sends webhooks that are due until `stop` says so; what is under way then has `drain` to end.
    pub async fn deliver_webhooks(&self, mut stop: watch::Receiver<bool>, drain: Duration) {
        if let Err(error) = self.hand_back_webhooks().await {
            // Their leases lapse.
            warn(
                &error,
                "webhooks from before the start cannot be handed back",
            );
        }
        let mut hands = Hands::default();
        let mut lapse_at = Instant::now();
        loop {
            if Instant::now() >= lapse_at {
                lapse_at = Instant::now() + LAPSE_EVERY;
                if let Err(error) = self.lapse_webhooks().await {
                    warn(&error, "webhooks of other nodes cannot be looked at");
                }
            }
            hands.drain();
            match self.claim_webhooks(&mut hands).await {
                Ok(claimed) => {
                    for claimed in claimed {
                        let place = (claimed.leased.tenant, claimed.leased.endpoint);
                        let app = self.clone();
                        let task = hands
                            .tries
                            .spawn(async move { app.deliver_webhook(claimed).await });
                        hands.whose.insert(task.id(), place);
                    }
                }
                Err(error) => warn(&error, "webhooks cannot be claimed"),
            }
            tokio::select! {
                () = self.webhooks_due.notified() => {}
                Some(ended) = hands.tries.join_next_with_id() => hands.ended(ended),
                () = tokio::time::sleep(POLL) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        let rest = async { while hands.tries.join_next().await.is_some() {} };
        if tokio::time::timeout(drain, rest).await.is_err() {
            tracing::warn!("webhooks were cut off by the stop; the next start sends them again");
        }
    }

    /// Sends one delivery and writes down how it went.
    async fn deliver_webhook(&self, claimed: Claimed) {
        failpoint::reach(Failpoint::WebhookClaimed);
        let sent = self.send_webhook(&claimed).await;
        failpoint::reach(Failpoint::WebhookSent);
        if let Err(error) = self.settle_webhook(&claimed, &sent, false).await {
            // The lease lapses, and it is sent again: the receiver knows it by its id.
            warn(&error, "how a webhook went cannot be written down");
        }
    }

    async fn claim_webhooks(&self, hands: &mut Hands) -> Result<Vec<Claimed>> {
        let settings = &self.settings.webhooks;
        let under_way = u32::try_from(hands.whose.len()).unwrap_or(u32::MAX);
        let mut room = settings.at_once.saturating_sub(under_way);
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let full = hands.full(settings.endpoint_at_once);
        // Mostly nothing is due, and nobody is kept from writing.
        let mut tx = self.db.system_read("webhooks that are due").await?;
        let ready = webhooks::ready(&mut tx, &full, now).await?;
        tx.commit().await?;
        hands.turns.keep(&ready);
        let mut shares = Shares::new(settings, room, &ready, |tenant| hands.of_tenant(tenant));
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let times = (now, now + settings.timeout + SLACK);
        let most = settings.endpoint_at_once.into();
        let mut all = Vec::new();
        let mut tx = self.db.system("claim webhooks").await?;
        for place in hands.turns.order(&ready) {
            let share = shares.of(place.0).min(room);
            if share == 0 {
                continue;
            }
            let claimed =
                webhooks::claim(&mut tx, place.1, self.node(), times, most, share.into()).await?;
            hands.turns.served(place);
            let many = u32::try_from(claimed.len()).unwrap_or(u32::MAX);
            shares.took(place.0, many);
            room = room.saturating_sub(many);
            all.extend(claimed);
            if room == 0 {
                break;
            }
        }
        tx.commit().await?;
        Ok(all)
    }

    async fn hand_back_webhooks(&self) -> Result<()> {
        let mut tx = self.db.system("hand back webhooks").await?;
        webhooks::hand_back(&mut tx, self.node(), self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn lapse_webhooks(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("take webhooks over").await?;
        webhooks::lapse(&mut tx, now, LAPSE_AT_ONCE).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// How many tries whoever waits may have now.
struct Shares {
    /// How many tenants may have more of, and how many one of their endpoints has at most now.
    of: HashMap<TenantId, (u32, u32)>,
}

impl Shares {
    fn new(
        settings: &WebhookSettings,
        room: u32,
        ready: &[Place],
        under_way: impl Fn(TenantId) -> u32,
    ) -> Self {
        let most = (settings.at_once / PART_OF_TENANT).max(1);
        let mut endpoints: HashMap<TenantId, u32> = HashMap::new();
        for (tenant, _) in ready {
            *endpoints.entry(*tenant).or_default() += 1;
        }
        let tenants = u32::try_from(endpoints.len()).unwrap_or(u32::MAX).max(1);
        let of = endpoints.into_iter().filter_map(|(tenant, many)| {
            let left = most.saturating_sub(under_way(tenant));
            let each = (room / tenants).min(left) / many;
            (left > 0).then_some((tenant, (left, each.clamp(1, settings.endpoint_at_once))))
        });
        Self { of: of.collect() }
    }

    fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// How many tries the tenant's next endpoint may have.
    fn of(&self, tenant: TenantId) -> u32 {
        self.of
            .get(&tenant)
            .map_or(0, |(left, each)| *left.min(each))
    }

    fn took(&mut self, tenant: TenantId, many: u32) {
        if let Some((left, _)) = self.of.get_mut(&tenant) {
            *left = left.saturating_sub(many);
        }
    }
}

fn warn(error: &crate::error::Error, text: &'static str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{text}");
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn a_tenant_has_a_part_of_the_hands_however_many_endpoints_it_has() {
        let ambient = Ambient::system();
        let tenants: Vec<_> = (0..2).map(|_| TenantId::generate(&ambient)).collect();
        let mut ready: Vec<Place> = (0..20)
            .map(|_| (tenants[0], WebhookId::generate(&ambient)))
            .collect();
        ready.push((tenants[1], WebhookId::generate(&ambient)));
        let settings = WebhookSettings::default();
        let mut shares = Shares::new(&settings, 64, &ready, |_| 0);
        assert_eq!(shares.of(tenants[1]), 4);
        let mut taken = 0;
        for _ in 0..20 {
            let share = shares.of(tenants[0]);
            shares.took(tenants[0], share);
            taken += share;
        }
        assert_eq!(taken, settings.at_once / PART_OF_TENANT);
        // It has its part under way: the others go on.
        let full = |tenant| if tenant == tenants[0] { taken } else { 0 };
        let shares = Shares::new(&settings, 48, &ready, full);
        assert_eq!((shares.of(tenants[0]), shares.of(tenants[1])), (0, 4));
        assert!(Shares::new(&settings, 48, &ready[..20], full).is_empty());
    }

    #[tokio::test]
    async fn an_endpoint_is_full_until_its_tries_have_ended() {
        let ambient = Ambient::system();
        let endpoint = WebhookId::generate(&ambient);
        let tenant = TenantId::generate(&ambient);
        let mut hands = Hands::default();
        for _ in 0..2 {
            let task = hands.tries.spawn(async {});
            hands.whose.insert(task.id(), (tenant, endpoint));
        }
        assert_eq!(hands.full(2), [endpoint]);
        assert!(hands.full(3).is_empty());
        assert_eq!(hands.of_tenant(tenant), 2);
        while let Some(ended) = hands.tries.join_next_with_id().await {
            hands.ended(ended);
        }
        assert!(hands.full(1).is_empty());
    }
}
