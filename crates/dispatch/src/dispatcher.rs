//! The loop that brings waiting items and free lines together.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{App, Open};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::call::{self, Desk};
use crate::lane::Lane;
use crate::settings::Settings;
use crate::switchboard::Switchboard;

/// Claims what is due, one task a call, and keeps the claims alive.
pub struct Dispatcher {
    desk: Arc<Desk>,
    lanes: Vec<Arc<Lane>>,
    freed: Arc<Notify>,
    calls: JoinSet<()>,
}

impl Dispatcher {
    /// A dispatcher for these lines. `switchboard` is the one that their transports report to.
    #[must_use]
    pub fn new(app: App, switchboard: Switchboard, lanes: Vec<Lane>, settings: Settings) -> Self {
        Self {
            desk: Arc::new(Desk {
                app,
                switchboard,
                settings,
            }),
            lanes: lanes.into_iter().map(Arc::new).collect(),
            freed: Arc::new(Notify::new()),
            calls: JoinSet::new(),
        }
    }

    /// Works until `stop` says so; then claims nothing more, lets calls in flight end for at most `drain`, and hands back
    /// the rest. What is still on the line then is taken over at the next start.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>, drain: Duration) {
        self.resume().await;
        let beat = tokio::spawn(beat(Arc::clone(&self.desk)));
        let mut tick = interval(self.desk.settings.poll);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look_for_orphans = Instant::now() + self.desk.settings.lease;
        loop {
            while let Some(ended) = self.calls.try_join_next() {
                if let Err(error) = ended {
                    tracing::error!(%error, "a call's task broke; the next start picks the call up");
                }
            }
            if Instant::now() >= look_for_orphans {
                look_for_orphans = Instant::now() + self.desk.settings.lease;
                self.adopt(false).await;
            }
            self.claim().await;
            let app = &self.desk.app;
            tokio::select! {
                () = app.queue_changed() => {}
                () = app.cancel_requested() => self.pass_on_cancels().await,
                () = self.freed.notified() => {}
                _ = tick.tick() => self.pass_on_cancels().await,
                () = told(&mut stop) => break,
            }
        }
        tracing::info!(
            calls = self.calls.len(),
            "stopping: {} calls in flight may end",
            self.calls.len()
        );
        let ended = tokio::time::timeout(drain, async {
            while self.calls.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!(
                calls = self.calls.len(),
                "{} calls go on without us",
                self.calls.len()
            );
        }
        beat.abort();
        self.calls.shutdown().await;
        if let Err(error) = self.desk.app.hand_back_claims().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "claims cannot be handed back; their leases will lapse"
            );
        }
    }

    /// Picks up where this node stopped.
    async fn resume(&mut self) {
        loop {
            match self.desk.app.hand_back_claims().await {
                Ok(0) => break,
                Ok(items) => {
                    tracing::info!(
                        items,
                        "put {items} items back that were claimed but not dialled before the restart"
                    );
                    break;
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the queue cannot be read; trying again"
                    );
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        while !self.adopt(true).await {
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// `false`: the database could not be asked.
    async fn adopt(&mut self, own: bool) -> bool {
        match self.desk.app.adopt(own, self.desk.settings.lease).await {
            Ok(opens) => {
                for open in opens {
                    self.take_over(open);
                }
                true
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open calls cannot be taken over"
                );
                false
            }
        }
    }

    fn take_over(&mut self, open: Open) {
        let Some(lane) = self
            .lanes
            .iter()
            .find(|lane| lane.transport.name() == open.attempt.lane)
        else {
            tracing::error!(
                call = %open.attempt.call_uuid, lane = open.attempt.lane,
                "call {} is on line `{}`, which is not configured any more: nobody can tell how it ended",
                open.attempt.call_uuid, open.attempt.lane
            );
            return;
        };
        let (desk, lane, freed) = (
            Arc::clone(&self.desk),
            Arc::clone(lane),
            Arc::clone(&self.freed),
        );
        self.calls.spawn(async move {
            call::adopt(desk, lane, open).await;
            freed.notify_one();
        });
    }

    async fn claim(&mut self) {
        for lane in &self.lanes {
            let free = u32::try_from(lane.free()).unwrap_or(u32::MAX);
            let limit = free.min(self.desk.settings.batch);
            if limit == 0 {
                continue;
            }
            let claimed = match self
                .desk
                .app
                .claim(lane.scope, self.desk.settings.lease, limit)
                .await
            {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the queue cannot be read"
                    );
                    return;
                }
            };
            if claimed.len() == limit as usize {
                // There may be more; look again as soon as these are on their way.
                self.freed.notify_one();
            }
            for item in claimed {
                let channel = lane.channel();
                let (desk, lane, freed) = (
                    Arc::clone(&self.desk),
                    Arc::clone(lane),
                    Arc::clone(&self.freed),
                );
                self.calls.spawn(async move {
                    call::dial(desk, lane, item, channel).await;
                    freed.notify_one();
                });
            }
        }
    }

    async fn pass_on_cancels(&self) {
        if self.desk.switchboard.open_calls() == 0 {
            return;
        }
        match self.desk.app.cancel_requests().await {
            Ok(items) => items
                .into_iter()
                .for_each(|item| self.desk.switchboard.cancel(item)),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "cancel requests cannot be read"
            ),
        }
    }
}

/// Keeps this node's claims alive.
async fn beat(desk: Arc<Desk>) {
    let mut tick = interval(desk.settings.lease / 3);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = desk.app.beat(desk.settings.lease).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the heartbeat cannot be written"
            );
        }
    }
}

/// Resolves when `stop` says so, or nobody can say so any more.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
