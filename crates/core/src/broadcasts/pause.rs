//! Setting a broadcast aside, letting it go on, stopping it, and forgetting it.

use faxgate_db::Wake;
use faxgate_db::broadcasts::{self, Broadcast};
use faxgate_db::events;
use faxgate_types::{BroadcastId, BroadcastState, RecipientState};

use super::{locked, not_now, told};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::Result;

/// What somebody wants of a broadcast that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Pause,
    Resume,
    Cancel,
}

impl Wish {
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Pause => ("paused", "broadcast.paused"),
            Self::Resume => ("resumed", "broadcast.resumed"),
            Self::Cancel => ("canceled", "broadcast.canceled"),
        }
    }
}

impl App {
    /// Sets a running broadcast aside: once this returns, nothing more is made and nothing that waits is dialled, whatever comes back to
    /// the queue meanwhile; what is on the line ends.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`.
    pub async fn pause_broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<Broadcast> {
        self.wish(caller, id, Wish::Pause).await
    }

    /// Lets a paused broadcast go on.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`.
    pub async fn resume_broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<Broadcast> {
        self.wish(caller, id, Wish::Resume).await
    }

    /// Stops a broadcast that has not ended: nothing more is made or dialled from now on, calls on the line are ended. Its recipients
    /// turn `canceled` over the next seconds; who had every page counts as sent.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`.
    pub async fn cancel_broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<Broadcast> {
        self.wish(caller, id, Wish::Cancel).await
    }

    async fn wish(&self, caller: &Caller, id: BroadcastId, wish: Wish) -> Result<Broadcast> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        let broadcast = self
            .on_main(async move {
                let tenant = caller.tenant.id;
                let now = app.now();
                let mut tx = app.db.write(tenant).await?;
                let mut broadcast = locked(&mut tx, tenant, id).await?;
                match (wish, broadcast.state) {
                    (Wish::Pause, BroadcastState::Running) => {
                        broadcast.state = BroadcastState::Paused;
                        broadcasts::set_paused(&mut tx, tenant, id, true, now).await?;
                    }
                    (Wish::Resume, BroadcastState::Paused) => {
                        broadcast.state = BroadcastState::Running;
                        broadcast.error = None;
                        broadcasts::set_paused(&mut tx, tenant, id, false, now).await?;
                        tx.wake(Wake::Queue);
                    }
                    (Wish::Cancel, state) if !state.is_final() => {
                        broadcast.state = BroadcastState::Canceled;
                        broadcast.finished_at = Some(now);
                        broadcasts::set_paused(&mut tx, tenant, id, true, now).await?;
                    }
                    (Wish::Pause, _) => {
                        return Err(not_now(&broadcast, "only one that is running is paused"));
                    }
                    (Wish::Resume, _) => {
                        return Err(not_now(&broadcast, "only one that is paused goes on"));
                    }
                    (Wish::Cancel, _) => {
                        return Err(not_now(&broadcast, "there is nothing left to cancel"));
                    }
                }
                broadcasts::save(&mut tx, &broadcast, now).await?;
                app.work_on(&mut tx, &broadcast, now).await?;
                let (what, action) = wish.told();
                events::append(&mut tx, tenant, &told(&broadcast, what, now)).await?;
                app.audit(&mut tx, tenant, Entry::new(&caller, action, id)).await?;
                tx.commit().await?;
                tracing::info!(tenant = %caller.tenant.slug, broadcast = %id, "broadcast {id} was {what}");
                Ok(broadcast)
            })
            .await?;
        self.work_added.notify_one();
        self.queue_changed.notify_one();
        Ok(broadcast)
    }

    /// Forgets a broadcast that has not started, or has come to its end, and its list of recipients. Its faxes stay.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE` while any of its faxes is under way.
    pub async fn remove_broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<()> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let broadcast = locked(&mut tx, tenant, id).await?;
            let counts = &broadcast.counts;
            let is_over = broadcast.state.is_final()
                && counts.on_their_way() == 0
                && counts.of(RecipientState::Waiting) == 0;
            if broadcast.state != BroadcastState::Draft && !is_over {
                return Err(not_now(
                    &broadcast,
                    "cancel it first, and wait for its calls to end",
                ));
            }
            broadcasts::remove(&mut tx, tenant, id).await?;
            app.audit(
                &mut tx,
                tenant,
                Entry::new(&caller, "broadcast.removed", id),
            )
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}
