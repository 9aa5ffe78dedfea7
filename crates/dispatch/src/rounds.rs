//! What a dispatcher does again and again: claim, beat, pass on cancels.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{ClaimFor, ClaimScope};
use faxgate_types::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use crate::call::{self, Start};
use crate::dispatcher::{Dispatcher, told};
use crate::lane::Lane;
use crate::shares::{Room, deal};

/// The state of lines is looked at so often: another node may have paused one.
const LINES_EVERY: Duration = Duration::from_secs(1);
/// Whoever has not beaten for a minute counts as gone, however long the leases are.
const BEAT_AT_LEAST: Duration = Duration::from_secs(15);

impl Dispatcher {
    /// Claims whenever something may be due and a line is free, until it is told to stop.
    pub(crate) async fn claims(self: Arc<Self>) {
        let desk = &self.desk;
        let mut stopping = desk.stopping.clone();
        let mut look_at_lines = Instant::now();
        loop {
            if Instant::now() >= look_at_lines {
                look_at_lines = Instant::now() + LINES_EVERY;
                self.look_at_lines().await;
            }
            let mut look = desk.app.now() + desk.settings.poll;
            look = look.min(self.claim_on_net().await.unwrap_or(look));
            for scope in [ClaimScope::Real, ClaimScope::Test] {
                look = look.min(self.claim(scope).await.unwrap_or(look));
            }
            tokio::select! {
                biased;
                () = told(&mut stopping) => return,
                () = desk.app.queue_changed() => {}
                () = desk.freed.notified() => {}
                () = sleep(look.since(desk.app.now())) => {}
            }
        }
    }

    async fn look_at_lines(&self) {
        match self.desk.app.lanes().await {
            Ok(rows) => {
                for lane in self.lanes.iter() {
                    lane.learn(rows.iter().find(|row| row.name == lane.name()));
                }
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the state of the lines cannot be read"
            ),
        }
    }

    /// Claims for the lines of a scope; the one with the lowest load first. Answers when it is worth while to look again, if
    /// nothing changes meanwhile.
    async fn claim(&self, scope: ClaimScope) -> Option<Timestamp> {
        let desk = &self.desk;
        let now = desk.app.now();
        let lanes: Vec<_> = self.lanes.iter().filter(|l| l.scope == scope).collect();
        let room = |lane: &&Arc<Lane>| Room {
            busy: lane.busy(),
            free: lane.free(now),
            weight: lane.weight,
        };
        let rooms: Vec<_> = lanes.iter().map(room).collect();
        let lanes_up: Vec<_> = lanes
            .iter()
            .copied()
            .chain(self.on_net().filter(|_| scope == ClaimScope::Real))
            .filter(|lane| lane.is_up(now))
            .map(|lane| lane.name())
            .collect();
        let mut look: Option<Timestamp> = None;
        for (at, calls) in deal(&rooms, desk.settings.batch as usize) {
            let Some(lane) = lanes.get(at) else { continue };
            let ask = ClaimFor {
                lane: lane.name(),
                scope,
                limits: lane.limits,
                lanes_up: &lanes_up,
                lease: desk.settings.lease,
                limit: u32::try_from(calls).unwrap_or(u32::MAX),
            };
            // Nobody takes over calls while new ones are on their way to the floor.
            let counter = self.counter.lock().await;
            if *desk.stopping.borrow() {
                return None;
            }
            let claimed = match desk.app.claim(ask).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the queue cannot be read"
                    );
                    return None;
                }
            };
            if claimed.items.len() == calls {
                // There may be more; look again as soon as these are on their way.
                desk.freed.notify_one();
            }
            for granted in claimed.items {
                call::begin(desk, lane, Start::Dial(Box::new(granted)));
            }
            drop(counter);
            look = match (look, claimed.next_look) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        look
    }

    /// The line that is none.
    fn on_net(&self) -> impl Iterator<Item = &Arc<Lane>> {
        let on_net = |lane: &&Arc<Lane>| lane.scope == ClaimScope::OnNet;
        self.lanes.iter().filter(on_net)
    }

    /// Claims what stays inside the gateway. Answers when it is worth while to look again.
    async fn claim_on_net(&self) -> Option<Timestamp> {
        let desk = &self.desk;
        let lane = self.on_net().next()?;
        let now = desk.app.now();
        let free = lane.free(now);
        if free == 0 {
            return None;
        }
        // Nobody takes over calls while new ones are on their way to the floor.
        let _counter = self.counter.lock().await;
        if *desk.stopping.borrow() {
            return None;
        }
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        let real = self.lanes.iter().filter(|l| l.scope == ClaimScope::Real);
        let up: Vec<_> = real.filter(|l| l.is_up(now)).map(|l| l.name()).collect();
        let claimed = desk.app.claim_on_net(&up, desk.settings.lease, limit);
        match claimed.await {
            Ok(claimed) => {
                for granted in claimed.items {
                    call::begin(desk, lane, Start::Dial(Box::new(granted)));
                }
                // When a hand-over ends there is room for more.
                claimed.next_look.filter(|at| *at > desk.app.now())
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the queue of what stays on-net cannot be read"
                );
                None
            }
        }
    }

    /// Keeps alive what living tasks hold. It waits for nothing but the end of the node: a heartbeat that
    /// stops gives every call away.
    pub(crate) async fn beat(self: Arc<Self>) {
        let desk = &self.desk;
        let mut tick = interval((desk.settings.lease / 3).min(BEAT_AT_LEAST));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let lanes: Vec<_> = self.lanes.iter().map(|lane| lane.name()).collect();
            let _pen = self.pen.lock().await;
            let held = desk.floor.items();
            let kept = desk
                .app
                .keep(&held, &lanes, self.started_at, desk.settings.lease);
            if let Err(error) = kept.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the heartbeat cannot be written"
                );
            }
        }
    }

    /// Takes over calls that nobody keeps alive.
    pub(crate) async fn look_for_orphans(self: Arc<Self>) {
        let desk = &self.desk;
        let mut next = Instant::now() + desk.settings.lease;
        loop {
            tokio::select! {
                () = sleep_until(next) => {}
                // Another node stops, and leaves its calls to us.
                () = desk.app.calls_left() => {}
            }
            next = Instant::now() + desk.settings.lease / 3;
            if !*desk.stopping.borrow() {
                self.adopt().await;
                self.give_up_abandoned().await;
            }
        }
    }

    /// Passes cancels on to the calls' tasks, also while we stop.
    pub(crate) async fn pass_on_cancels(self: Arc<Self>) {
        let desk = &self.desk;
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = desk.app.cancel_requested() => {}
                () = sleep_until(next) => {}
            }
            next = Instant::now() + desk.settings.poll;
            match desk.app.cancel_requests().await {
                Ok(items) => items.into_iter().for_each(|item| desk.floor.cancel(item)),
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cancel requests cannot be read"
                ),
            }
        }
    }
}
