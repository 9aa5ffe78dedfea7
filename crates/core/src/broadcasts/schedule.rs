//! Setting a broadcast going.

use std::time::Duration;

use faxgate_db::broadcasts::{self, Broadcast};
use faxgate_db::events::{self, Event};
use faxgate_db::{Tx, Wake, jobs};
use faxgate_types::{BroadcastId, BroadcastState, JobId, Timestamp};
use serde_json::json;

use super::{BroadcastRef, locked, not_now, told};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::work;

/// So far ahead a broadcast may be scheduled.
const FURTHEST: Duration = Duration::from_secs(366 * 24 * 3600);

impl App {
    /// Starts a broadcast at `send_at`, or at once. One that waits for its time gets another one.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`, `NO_RECIPIENTS`, `INVALID_SEND_AT`.
    pub async fn schedule_broadcast(
        &self,
        caller: &Caller,
        id: BroadcastId,
        send_at: Option<Timestamp>,
        once: Once<Broadcast>,
    ) -> Result<Broadcast> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        let scheduled = self
            .on_main(async move {
                let tenant = caller.tenant.id;
                let mut tx = app.db.write(tenant).await?;
                let mut broadcast = locked(&mut tx, tenant, id).await?;
                let event = app.set_going(&mut tx, &mut broadcast, send_at).await?;
                broadcasts::save(&mut tx, &broadcast, app.now()).await?;
                once.complete(&mut tx, &broadcast).await?;
                if let Some(event) = event {
                    events::append(&mut tx, tenant, &event).await?;
                }
                let at = broadcast.send_at.map(|at| at.to_seconds());
                let entry = Entry::new(&caller, "broadcast.scheduled", id);
                let recipients = broadcast.counts.total();
                let entry = entry.details(json!({"send_at": at, "recipients": recipients}));
                app.audit(&mut tx, tenant, entry).await?;
                tx.commit().await?;
                Ok(broadcast)
            })
            .await?;
        self.work_added.notify_one();
        Ok(scheduled)
    }

    /// Schedules or starts it, and gives it its job; whoever calls it saves the broadcast, and appends the event.
    pub(super) async fn set_going(
        &self,
        tx: &mut Tx,
        broadcast: &mut Broadcast,
        send_at: Option<Timestamp>,
    ) -> Result<Option<Event>> {
        let now = self.now();
        if !broadcast.state.takes_recipients() {
            return Err(not_now(broadcast, "it is scheduled once"));
        }
        if broadcast.counts.total() == 0 {
            return Err(Error::bad_input(
                "NO_RECIPIENTS",
                "the broadcast has no recipients; add some first",
            ));
        }
        if send_at.is_some_and(|at| at > now + FURTHEST) {
            let message = "send_at is more than a year ahead";
            return Err(Error::bad_input("INVALID_SEND_AT", message).field("send_at", message));
        }
        broadcast.send_at = send_at;
        let due = send_at.filter(|at| *at > now);
        let event = match due {
            Some(_) => {
                broadcast.state = BroadcastState::Scheduled;
                None
            }
            None => Some(start(broadcast, now)),
        };
        self.work_on(tx, broadcast, due.unwrap_or(now)).await?;
        Ok(event)
    }

    /// Sees to it that a broadcast's job runs, at `due` or before.
    pub(super) async fn work_on(
        &self,
        tx: &mut Tx,
        broadcast: &Broadcast,
        due: Timestamp,
    ) -> Result<()> {
        let job = JobId::generate(&self.ambient);
        let subject = BroadcastRef(broadcast.tenant_id, broadcast.id);
        jobs::begin_anew(tx, job, work::BROADCAST, subject, due).await?;
        tx.wake(Wake::Jobs);
        Ok(())
    }
}

/// From now on its faxes are made.
pub(super) fn start(broadcast: &mut Broadcast, now: Timestamp) -> Event {
    broadcast.state = BroadcastState::Running;
    broadcast.started_at = Some(now);
    told(broadcast, "started", now)
}
