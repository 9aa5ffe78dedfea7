//! Keeping what carriers tell, durably, before it is answered; and handing it to whoever watches the fax.

use std::time::Duration;

use faxgate_db::Wake;
use faxgate_db::carrier_events::{self, EventPlace};
use faxgate_types::AttemptId;

use super::carrier_event::{CarrierEvent, EventTaken};
use super::notice::Stored;
use crate::app::App;
use crate::error::{Error, Result};

/// How long events are kept that use was made of.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Events of one attempt that are looked at for the id of its fax.
const MOST_OF_ONE: u32 = 16;

/// Events that wait, those that came first before the others.
#[derive(Clone, Debug, Default)]
pub struct WaitingEvents {
    /// The events.
    pub events: Vec<CarrierEvent>,
    /// Where to go on; `None`: these were the last.
    pub next: Option<EventPlace>,
}

/// What a carrier told of an attempt, as far as it proves that there is a fax of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldOf {
    /// The carrier's id of the fax, when it told that.
    pub fax: Option<String>,
}

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

    /// The events of a carrier that wait for the node that watches their fax, the oldest first, from `after` on; at most
    /// `limit`. Those of which no use was made come again, but one that cannot be read is put aside.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn waiting_carrier_events(
        &self,
        carrier: &str,
        after: Option<&EventPlace>,
        limit: u32,
    ) -> Result<WaitingEvents> {
        let mut tx = self.db.system_read("waiting events of carriers").await?;
        let rows = carrier_events::waiting(&mut tx, carrier, after, limit).await?;
        tx.commit().await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
        let next = rows.last().filter(|_| is_full).map(|row| EventPlace {
            received_at: row.received_at,
            id: row.id.clone(),
        });
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            match serde_json::from_str(&row.body) {
                Ok(event) => events.push(event),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        event = row.id,
                        kind = row.kind,
                        "the event {} of {} cannot be read, and is put aside",
                        row.kind,
                        row.carrier
                    );
                    self.mark_event_used(&row.id).await?;
                }
            }
        }
        Ok(WaitingEvents { events, next })
    }

    /// What carriers told of an attempt by now, whether use was made of it or not; `None`: nothing.
    ///
    /// # Errors
    /// When the database cannot be reached: then nothing may be concluded.
    pub async fn told_of_attempt(&self, attempt: AttemptId) -> Result<Option<ToldOf>> {
        let mut tx = self.db.system_read("what a carrier told").await?;
        let rows = carrier_events::of_attempt(&mut tx, attempt, MOST_OF_ONE).await?;
        tx.commit().await?;
        Ok((!rows.is_empty()).then(|| ToldOf {
            fax: rows.into_iter().find_map(|row| row.fax_id),
        }))
    }

    /// Writes down that use was made of an event, or that it is of no use. `false`: it was written down before.
    ///
    /// # Errors
    /// When the database cannot be reached: then the event comes again.
    pub async fn use_carrier_event(&self, event: &CarrierEvent) -> Result<bool> {
        self.mark_event_used(&event.key()).await
    }

    async fn mark_event_used(&self, key: &str) -> Result<bool> {
        let mut tx = self.db.system("use a carrier's event").await?;
        let used = carrier_events::mark_used(&mut tx, key, self.now()).await?;
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
