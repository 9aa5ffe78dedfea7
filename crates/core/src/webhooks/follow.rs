//! From the event log to deliveries.

use std::sync::atomic::{AtomicBool, Ordering};

use faxgate_db::Tx;
use faxgate_db::webhooks::{self, NewDelivery};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{DeliveryId, TenantId, WebhookId};
use faxgate_webhooks::EventFilter;
use tokio::sync::watch;

use super::body::body;
use crate::app::App;
use crate::error::{Error, Result};
use crate::tell::{Follower, PublicEvent};

/// Makes a delivery of each public event for each endpoint that wants it.
struct Deliveries {
    app: App,
    /// Whether there are deliveries in the transaction that is under way.
    some: AtomicBool,
}

impl Follower for Deliveries {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn tell(&self, tx: &mut Tx, tenant: TenantId, events: &[PublicEvent]) -> Result<()> {
        let endpoints = endpoints(webhooks::active(tx, tenant).await?)?;
        let mut new = Vec::new();
        for event in events {
            let kind = event.kind.as_str();
            let mut wanted = endpoints
                .iter()
                .filter(|(_, filter)| filter.takes(kind))
                .peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let body = body(event);
            new.extend(wanted.map(|(endpoint, _)| self.app.delivery(*endpoint, event, &body)));
        }
        self.some.store(!new.is_empty(), Ordering::Relaxed);
        if !new.is_empty() {
            webhooks::add(tx, tenant, &new, self.app.now()).await?;
        }
        Ok(())
    }

    fn committed(&self) {
        if self.some.load(Ordering::Relaxed) {
            failpoint::reach(Failpoint::WebhookFollowed);
            self.app.webhooks_due.notify_one();
        }
    }
}

impl App {
    /// Turns each public event into a delivery for each endpoint that wants it, until `stop` says so. The deliveries are written in
    /// the transaction that moves the follower: none is lost, and none made twice.
    pub async fn follow_for_webhooks(&self, stop: watch::Receiver<bool>) {
        let follower = Deliveries {
            app: self.clone(),
            some: AtomicBool::new(false),
        };
        self.follow(&follower, stop).await;
    }

    /// A delivery that is to be.
    pub(super) fn delivery(
        &self,
        endpoint: WebhookId,
        event: &PublicEvent,
        body: &str,
    ) -> NewDelivery {
        NewDelivery {
            id: DeliveryId::generate(&self.ambient),
            endpoint,
            event_id: event.id.to_string(),
            event_type: event.kind.as_str().to_owned(),
            event_at: event.timestamp,
            event_seq: event.seq,
            body: body.to_owned(),
        }
    }
}

fn endpoints(rows: Vec<(WebhookId, String)>) -> Result<Vec<(WebhookId, EventFilter)>> {
    let read = |(id, types): (WebhookId, String)| Ok((id, types.parse().map_err(Error::internal)?));
    rows.into_iter().map(read).collect()
}
