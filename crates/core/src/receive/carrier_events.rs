//! Keeping what carriers tell, durably, before it is answered; and handing it to whoever watches the fax.

use std::time::Duration;

use faxgate_db::Wake;
use faxgate_db::carrier_events;

use super::carrier_event::{CarrierEvent, EventTaken};
use super::notice::Stored;
use crate::app::App;
use crate::error::{Error, Result};

/// How long events are kept that use was made of.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

impl App {
    /// Takes an event in. When this returns, it is committed: that of a fax that came in together with its notice and the
    /// job that fetches it; that of a fax that we send for the node that watches it. It goes on when its caller is dropped.
    ///
    /// # Errors
    /// `INVALID_NOTICE`; and when it cannot be stored: then it has to come again.
    pub async fn take_carrier_event(&self, told: CarrierEvent) -> Result<EventTaken> {
        let app = self.clone();
        let taken = self
            .on_main(async move { app.keep_carrier_event(told).await })
            .await?;
        if taken == EventTaken::New {
            self.work_added.notify_one();
            self.carrier_events_came.notify_waiters();
        }
        Ok(taken)
    }

    async fn keep_carrier_event(&self, told: CarrierEvent) -> Result<EventTaken> {
        let now = self.now();
        let notice = told.notice();
        let waits = notice.is_none()
            && told.evidence().is_some()
            && (told.attempt.is_some() || told.fax.is_some());
        let row = carrier_events::CarrierEvent {
            id: told.key(),
            carrier: told.carrier.clone(),
            kind: told.kind.clone(),
            fax_id: told.fax.clone(),
            attempt_id: told.attempt,
            occurred_at: told.occurred_at,
            body: serde_json::to_string(&told).map_err(Error::internal)?,
            received_at: now,
            used_at: (!waits).then_some(now),
        };
        let mut tx = self.db.system("keep a carrier's event").await?;
        if !carrier_events::put(&mut tx, &row).await? {
            return Ok(EventTaken::Known);
        }
        if let Some(notice) = notice {
            self.keep_notice(&mut tx, &Stored::Telnyx { notice }, None)
                .await?;
        }
        if waits {
            tx.wake(Wake::CarrierEvent);
        }
        tx.commit().await?;
        tracing::info!(
            event = row.id, kind = row.kind, fax = row.fax_id, attempt = ?row.attempt_id.map(|id| id.to_string()),
            "stored the event {} of {}", row.kind, row.carrier
        );
        Ok(EventTaken::New)
    }

    /// The events that wait for the node that watches their fax, the oldest first; at most `limit`. Those of which no use was
    /// made come again.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn waiting_carrier_events(&self, limit: u32) -> Result<Vec<CarrierEvent>> {
        let mut tx = self.db.system_read("waiting events of carriers").await?;
        let rows = carrier_events::waiting(&mut tx, limit).await?;
        tx.commit().await?;
        rows.iter()
            .map(|row| serde_json::from_str(&row.body).map_err(Error::internal))
            .collect()
    }

    /// Writes down that use was made of an event, or that it is of no use. `false`: it was written down before.
    ///
    /// # Errors
    /// When the database cannot be reached: then the event comes again.
    pub async fn use_carrier_event(&self, event: &CarrierEvent) -> Result<bool> {
        let mut tx = self.db.system("use a carrier's event").await?;
        let used = carrier_events::mark_used(&mut tx, &event.key(), self.now()).await?;
        tx.commit().await?;
        Ok(used)
    }

    /// Resolves when an event came in, here or at another node.
    ///
    /// What comes after this was asked for is not missed, even if the answer is awaited later.
    pub fn carrier_event_came(&self) -> impl Future<Output = ()> + '_ {
        self.carrier_events_came.notified()
    }

    /// Drops the events that are older than 30 days and that use was made of. Tells how many.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drop_carrier_events(&self) -> Result<usize> {
        let mut tx = self.db.system("drop old events of carriers").await?;
        let dropped = carrier_events::delete_used_before(&mut tx, self.now() - KEPT).await?;
        tx.commit().await?;
        Ok(dropped)
    }
}
