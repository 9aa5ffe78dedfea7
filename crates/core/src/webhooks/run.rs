//! Sending what is due: few tries an endpoint, many endpoints at once.
//!
//! An endpoint never has more than a few tries in hands, over all nodes, so a slow one keeps nobody waiting but itself; where there
//! is little room, those that wait take turns.

use std::collections::HashMap;
use std::time::Duration;

use faxgate_db::webhooks::{self, Claimed};
use faxgate_types::WebhookId;
use faxgate_types::failpoint::{self, Failpoint};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::app::App;
use crate::error::Result;

const POLL: Duration = Duration::from_secs(1);
/// How often leases that lapsed are looked for.
const LAPSE_EVERY: Duration = Duration::from_secs(5);
const LAPSE_AT_ONCE: i64 = 200;
/// Beyond the time limit of a try: what it may take to write down how it went.
const SLACK: Duration = Duration::from_secs(45);

/// The tries under way on this node.
#[derive(Default)]
struct Hands {
    tries: JoinSet<()>,
    whose: HashMap<Id, WebhookId>,
    /// The endpoint that was served last.
    last: Option<WebhookId>,
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
        for endpoint in self.whose.values() {
            *counts.entry(*endpoint).or_default() += 1;
        }
        counts.retain(|_, count| *count >= most);
        counts.into_keys().collect()
    }

    /// Those behind the one that was served last come first.
    fn in_turn(&self, mut ready: Vec<WebhookId>) -> Vec<WebhookId> {
        if let Some(last) = self.last {
            let behind = ready.partition_point(|id| *id <= last);
            ready.rotate_left(behind);
        }
        ready
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
                        let (app, endpoint) = (self.clone(), claimed.leased.endpoint);
                        let task = hands
                            .tries
                            .spawn(async move { app.deliver_webhook(claimed).await });
                        hands.whose.insert(task.id(), endpoint);
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
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let many = u32::try_from(ready.len()).unwrap_or(u32::MAX);
        let share = (room / many).clamp(1, settings.endpoint_at_once);
        let times = (now, now + settings.timeout + SLACK);
        let most = settings.endpoint_at_once.into();
        let mut all = Vec::new();
        let mut tx = self.db.system("claim webhooks").await?;
        for endpoint in hands.in_turn(ready) {
            let share = share.min(room).into();
            let claimed =
                webhooks::claim(&mut tx, endpoint, self.node(), times, most, share).await?;
            hands.last = Some(endpoint);
            room = room.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
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

fn warn(error: &crate::error::Error, text: &'static str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{text}");
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[tokio::test]
    async fn those_behind_the_last_one_come_first() {
        let ambient = Ambient::system();
        let mut ids: Vec<_> = (0..4).map(|_| WebhookId::generate(&ambient)).collect();
        ids.sort_unstable();
        let hands = |last| Hands {
            last,
            ..Hands::default()
        };
        assert_eq!(hands(None).in_turn(ids.clone()), ids);
        let turned = hands(Some(ids[1])).in_turn(ids.clone());
        assert_eq!(turned, [ids[2], ids[3], ids[0], ids[1]]);
        assert_eq!(hands(Some(ids[3])).in_turn(ids.clone()), ids);
    }

    #[tokio::test]
    async fn an_endpoint_is_full_until_its_tries_have_ended() {
        let endpoint = WebhookId::generate(&Ambient::system());
        let mut hands = Hands::default();
        for _ in 0..2 {
            let task = hands.tries.spawn(async {});
            hands.whose.insert(task.id(), endpoint);
        }
        assert_eq!(hands.full(2), [endpoint]);
        assert!(hands.full(3).is_empty());
        while let Some(ended) = hands.tries.join_next_with_id().await {
            hands.ended(ended);
        }
        assert!(hands.full(1).is_empty());
    }
}
