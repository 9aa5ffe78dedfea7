//! Followers: what has to happen for every event, exactly once.

use std::collections::HashMap;
use std::time::Duration;

use faxgate_db::{Tx, events, followers};
use faxgate_types::TenantId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::PublicEvent;
use crate::app::App;
use crate::error::Result;

/// Entries of a log that are read at once.
const BATCH: i64 = 100;
/// Tenants that are looked up at once.
const TENANTS: i64 = 64;
/// How often the logs are looked at although nobody rang.
const POLL: Duration = Duration::from_secs(1);
/// After a failure a tenant waits so long, then twice as long, up to the longest wait; the others go on.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Somebody who does something about the events of every tenant.
pub trait Follower: Send + Sync + 'static {
    /// Its name: under it its position is kept, for ever.
    fn name(&self) -> &'static str;

    /// Does what there is to do about these events of a tenant, in their order, within a transaction of the tenant's own. The
    /// follower's position moves in that transaction: an error takes both back, and the same events come again. Nothing but
    /// the database may be touched: who has to send something writes down that it is to be sent.
    fn tell(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        events: &[PublicEvent],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Its effect on this batch is committed: wake whoever goes on from there.
    fn committed(&self) {}
}

impl App {
    /// Lets a follower read every tenant's log, until `stop` says so. Several nodes may do that at once: a tenant's log is read on by
    /// one at a time, and no event has its effect twice. In tenants that are older than the log it begins where that began, in
    /// others with their first event.
    pub async fn follow<F: Follower>(&self, follower: &F, mut stop: watch::Receiver<bool>) {
        let mut came = self.events_came.subscribe();
        let mut waits: HashMap<TenantId, (Instant, Duration)> = HashMap::new();
        while !*stop.borrow() {
            came.mark_unchanged();
            let now = Instant::now();
            let resting = waits.iter().filter(|(_, (until, _))| *until > now);
            let resting: Vec<_> = resting.map(|(tenant, _)| *tenant).collect();
            let mut busy = false;
            match self.behind(follower.name(), &resting).await {
                Ok(tenants) => {
                    for tenant in tenants {
                        if *stop.borrow() {
                            return;
                        }
                        match self.read_on(follower, tenant).await {
                            Ok(moved) => {
                                waits.remove(&tenant);
                                busy |= moved;
                            }
                            Err(error) => {
                                let before = waits.get(&tenant).map(|(_, wait)| *wait * 2);
                                let wait = before.unwrap_or(FIRST_WAIT).min(LONGEST_WAIT);
                                waits.insert(tenant, (Instant::now() + wait, wait));
                                tracing::error!(
                                    error = &error as &dyn std::error::Error, follower = follower.name(), %tenant,
                                    "the follower {} cannot go on in tenant {tenant}; it tries again in {wait:?}", follower.name()
                                );
                            }
                        }
                    }
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    follower = follower.name(),
                    "the event logs cannot be looked at"
                ),
            }
            if busy {
                continue;
            }
            tokio::select! {
                _ = came.changed() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn behind(&self, name: &str, besides: &[TenantId]) -> Result<Vec<TenantId>> {
        let mut tx = self.db.system_read("who has news for a follower").await?;
        let tenants = followers::behind(&mut tx, name, besides, TENANTS).await?;
        tx.commit().await?;
        Ok(tenants)
    }

    /// Reads one batch. `false`: somebody else is reading.
    async fn read_on<F: Follower>(&self, follower: &F, tenant: TenantId) -> Result<bool> {
        let name = follower.name();
        let mut tx = self.db.write(tenant).await?;
        let Some(position) = followers::position(&mut tx, tenant, name).await? else {
            let first = followers::begin(&mut tx, tenant, name).await?;
            tx.commit().await?;
            return Ok(first);
        };
        let entries = events::after(&mut tx, tenant, position, BATCH).await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else {
            tx.commit().await?;
            return Ok(false);
        };
        let public = entries.into_iter();
        let public: Vec<_> = public
            .filter_map(|entry| PublicEvent::of(tenant, entry))
            .collect();
        if !public.is_empty() {
            follower.tell(&mut tx, tenant, &public).await?;
        }
        followers::advance(&mut tx, tenant, name, last).await?;
        tx.commit().await?;
        if !public.is_empty() {
            follower.committed();
        }
        Ok(true)
    }
}
