//! One call: from the claimed item to the committed verdict. One task each.

mod dial;
mod patience;
mod task;
mod witnesses;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{App, CallEvent, CallFacts, Open, Step};
use faxgate_lifecycle::{Action, Attempt, Evidence};
use faxgate_types::{AttemptPhase, CallUuid, Witness};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use self::patience::Patience;
use crate::floor::Floor;
use crate::lane::Lane;
use crate::scribe::Scribe;
use crate::settings::Settings;
use crate::switchboard::{Signal, Switchboard, Watch};

pub(crate) use task::{Start, begin};
pub(crate) use witnesses::give_up;

/// How often a call that has outlived its bound is killed.
const KILL_OVERDUE: Duration = Duration::from_secs(20);
/// How soon to ask again when an answer was not conclusive.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a channel may outlive its fax before it is killed.
const LINGER: Duration = Duration::from_secs(5);
/// How often that is tried when the line cannot be reached; FreeSWITCH's own bounds end the channel in the end.
const MOST_KILLS: u32 = 12;

/// What every call's task needs.
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) switchboard: Switchboard,
    pub(crate) settings: Settings,
    pub(crate) scribe: Scribe,
    pub(crate) floor: Floor,
    /// A line has room again.
    pub(crate) freed: Notify,
    /// Once it is true, no call may begin.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// A call that is written down, and what is known of it.
struct Call {
    desk: Arc<Desk>,
    lane: Arc<Lane>,
    open: Open,
    machine: Attempt,
    facts: CallFacts,
    watch: Watch,
    /// Whether somebody wants it to end.
    cancel: watch::Receiver<bool>,
    patience: Patience,
    overdue_at: Instant,
    /// Once the fax is over: when to kill what is left of the channel.
    kill_at: Option<Instant>,
    kills: u32,
    /// Whether the line refused the command itself.
    refused: bool,
    /// How long the carrier asks to be left alone at least.
    leave_alone: Duration,
    settled: bool,
    /// Whether the attempt is still under this task's fence.
    is_ours: bool,
}

impl Call {
    fn new(
        desk: Arc<Desk>,
        lane: Arc<Lane>,
        open: Open,
        watch: Watch,
        cancel: watch::Receiver<bool>,
        taken_over: bool,
    ) -> Self {
        let machine = resumed(&open);
        let now = Instant::now();
        let patience = Patience::new(lane.transport.pace(), now);
        let overdue_at = now + open.attempt.overdue_at.since(desk.app.now());
        Self {
            desk,
            lane,
            open,
            machine,
            facts: CallFacts {
                taken_over,
                ..CallFacts::default()
            },
            watch,
            cancel,
            patience,
            overdue_at,
            kill_at: None,
            kills: 0,
            refused: false,
            leave_alone: Duration::ZERO,
            settled: false,
            is_ours: true,
        }
    }

    fn uuid(&self) -> CallUuid {
        self.open.attempt.call_uuid
    }

    async fn see_through(mut self, first: Vec<Action>) {
        let mut todo = VecDeque::from(first);
        loop {
            while let Some(action) = todo.pop_front() {
                todo.extend(self.carry_out(action).await);
            }
            if !self.is_ours {
                tracing::warn!(call = %self.uuid(), "call {} is somebody else's to watch now", self.uuid());
                return;
            }
            if self.settled && self.kill_at.is_none() {
                break;
            }
            todo.extend(self.next_news().await);
        }
        self.desk.switchboard.settled(self.uuid());
        self.hear_the_rest().await;
    }

    async fn next_news(&mut self) -> Vec<Action> {
        let kill_at = self.kill_at;
        tokio::select! {
            signal = self.watch.next() => match signal {
                Signal::Seen(event) => {
                    self.patience.news(Instant::now());
                    self.saw(event)
                }
                Signal::Doubt if self.settled => Vec::new(),
                Signal::Doubt => self.ask().await,
                Signal::TakenOver => {
                    self.is_ours = false;
                    Vec::new()
                }
            },
            Ok(()) = self.cancel.changed(), if !self.settled => self.feed(Evidence::CancelRequested),
            () = sleep_until(kill_at.unwrap_or(self.overdue_at)), if kill_at.is_some() => {
                tracing::warn!(call = %self.uuid(), "the fax is over but its channel stays: killing it");
                self.kill_at = None;
                vec![Action::Kill]
            }
            () = sleep_until(self.patience.ask_at()), if !self.settled => self.ask().await,
            () = sleep_until(self.overdue_at), if !self.settled => {
                tracing::warn!(call = %self.uuid(), "the call has outlived every bound: killing it");
                self.overdue_at = Instant::now() + KILL_OVERDUE;
                self.feed(Evidence::Overdue)
            }
        }
    }

    async fn carry_out(&mut self, action: Action) -> Vec<Action> {
        match action {
            Action::Settle(verdict) => {
                self.settle(&verdict).await;
                Vec::new()
            }
            Action::EnsureGone => {
                self.kill_at = Some(Instant::now() + LINGER);
                Vec::new()
            }
            Action::Kill => self.kill().await,
            Action::Probe => {
                self.ask_soon();
                Vec::new()
            }
            Action::Fence => self.fence().await,
        }
    }

    async fn kill(&mut self) -> Vec<Action> {
        if !self.settled && !self.patience.may_kill(Instant::now()) {
            return Vec::new();
        }
        let killed = self.lane.transport.kill(self.uuid()).await;
        if !self.settled {
            // Asked again soon: what is canceled and still lives is killed once more.
            if killed {
                self.patience.killed(Instant::now());
                self.ask_soon();
            } else {
                self.ask_when_back();
            }
        } else if !killed && self.kills < MOST_KILLS {
            self.kills += 1;
            self.kill_at = Some(Instant::now() + LINGER);
        }
        if killed {
            self.feed(Evidence::Killed)
        } else {
            Vec::new()
        }
    }

    fn saw(&mut self, event: CallEvent) -> Vec<Action> {
        if let Some(seconds) = event.seconds {
            self.facts.seconds = self.facts.seconds.max(seconds);
        }
        if event.remote_station_id.is_some() {
            self.facts.remote_station_id = event.remote_station_id;
        }
        if matches!(event.evidence, Evidence::HungUp(_)) {
            self.kill_at = None;
        }
        self.feed_from(event.evidence, event.by)
    }

    fn feed(&mut self, evidence: Evidence) -> Vec<Action> {
        let by = evidence.usual_witness();
        self.feed_from(evidence, by)
    }

    /// As [`Call::feed`], for what the line answered when it was asked.
    fn feed_answer(&mut self, evidence: Evidence) -> Vec<Action> {
        let usual = evidence.usual_witness();
        let by = self.lane.transport.witness().unwrap_or(usual);
        self.feed_from(evidence, by)
    }

    /// Gives evidence to the machine, and has written down what it moved.
    fn feed_from(&mut self, evidence: Evidence, by: Witness) -> Vec<Action> {
        let before = (self.machine.phase(), self.machine.transferred());
        let actions = self.machine.on_from(evidence, by);
        let after = (self.machine.phase(), self.machine.transferred());
        if after != before && after.0 != AttemptPhase::Settled {
            self.desk.scribe.note(Step {
                attempt: self.open.attempt.clone(),
                phase: after.0,
                transferred: after.1,
                at: self.desk.app.now(),
            });
        }
        actions
    }

    fn ask_soon(&mut self) {
        self.patience.soon(Instant::now());
    }

    /// The line could not be asked: again soon, and later each time.
    fn ask_when_back(&mut self) {
        let jitter = self.desk.app.ambient().fraction();
        self.patience.away(Instant::now(), jitter);
    }
}

/// The machine, as far as the attempt was written down.
fn resumed(open: &Open) -> Attempt {
    let attempt = &open.attempt;
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    Attempt::resume(
        count(attempt.start_page),
        count(attempt.total_pages),
        attempt.phase,
        count(attempt.transferred),
        open.item.cancel_requested,
    )
}
