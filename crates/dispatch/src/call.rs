//! One call: from the claimed item to the committed verdict. One task each.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{
    App, CallBounds, CallEvent, CallFacts, Fence, Intended, Open, Placed, Prepared, Probe, Settled,
};
use faxgate_db::items::Item;
use faxgate_lifecycle::{Action, Attempt, Evidence, Verdict};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{AttemptPhase, CallUuid, HangupCause, Witness};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

use crate::lane::Lane;
use crate::settings::Settings;
use crate::switchboard::{Signal, Switchboard};

/// How often a call is asked for when nothing is heard of it.
const REASSURE: Duration = Duration::from_secs(20);
/// How soon to ask again when an answer was not conclusive.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a channel may outlive its fax before it is killed.
const LINGER: Duration = Duration::from_secs(5);

/// What every call's task needs.
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) switchboard: Switchboard,
    pub(crate) settings: Settings,
}

/// Dials a claimed item and sees the call through.
pub(crate) async fn dial(
    desk: Arc<Desk>,
    lane: Arc<Lane>,
    item: Item,
    channel: Option<OwnedSemaphorePermit>,
) {
    sleep_until(lane.turn()).await;
    let (open, order) = match intend(&desk, &lane, &item).await {
        Intent::Written(intended) => (intended.open, intended.order),
        Intent::None => return,
        Intent::InDoubt(open) => return adopt(desk, lane, *open).await,
    };
    let signals = desk
        .switchboard
        .watch(order.call, item.id, lane.transport.name());
    let placed = lane.transport.place(&order).await;
    tracing::debug!(call = %order.call, ?placed, "placed");
    let mut call = Call::new(desk, lane, open, signals);
    let first = match placed {
        Placed::Accepted => call.feed(Evidence::Accepted).await,
        Placed::Refused(reason) => {
            tracing::warn!(call = %order.call, reason, "FreeSWITCH refused the command");
            call.feed(Evidence::Refused).await
        }
        Placed::NotSent(reason) => {
            tracing::warn!(call = %order.call, reason, "the command was not sent");
            call.feed(Evidence::NotSent).await
        }
        Placed::Impossible(reason) => {
            tracing::error!(call = %order.call, reason, "the call cannot be made: {reason}");
            call.feed(Evidence::CannotSend).await
        }
        Placed::Unclear => vec![Action::Probe],
    };
    call.see_through(first).await;
    drop(channel);
}

/// Sees a call through that was placed before this process, or by another node.
pub(crate) async fn adopt(desk: Arc<Desk>, lane: Arc<Lane>, open: Open) {
    let channel = lane.channel();
    let signals =
        desk.switchboard
            .watch(open.attempt.call_uuid, open.item.id, lane.transport.name());
    tracing::info!(
        call = %open.attempt.call_uuid, fax = %open.attempt.fax_id, phase = %open.attempt.phase,
        "took over call {} of fax {}", open.attempt.call_uuid, open.attempt.fax_id
    );
    let call = Call::new(desk, lane, open, signals);
    call.see_through(vec![Action::Probe]).await;
    drop(channel);
}

/// What became of an intent.
enum Intent {
    /// It is on disk: place the call.
    Written(Box<Intended>),
    /// There is none: the item is not ours to dial (any more).
    None,
    /// It is on disk, but nothing will be sent for it: only its witnesses can end it.
    InDoubt(Box<Open>),
}

/// Writes the intent; comes back only when it is certain whether it stands.
async fn intend(desk: &Desk, lane: &Lane, item: &Item) -> Intent {
    let bounds = CallBounds {
        ringing: lane.ringing,
        page: desk.settings.worst_page,
        send_within: desk.settings.send_within,
    };
    let mut in_doubt = false;
    loop {
        let written = match lane.transport.core() {
            Some(core) => {
                desk.app
                    .intend(item, lane.transport.name(), &core, bounds)
                    .await
            }
            // The line went down meanwhile: somebody else may have one.
            None => desk.app.unclaim(item).await.map(|()| Prepared::Dropped),
        };
        match written {
            Ok(Prepared::Intended(intended)) => return Intent::Written(intended),
            Ok(Prepared::Dropped) if !in_doubt => return Intent::None,
            // An earlier try may have been committed although its answer was lost. No command has left for it.
            Ok(Prepared::Dropped) => match desk.app.open_attempt(item).await {
                Ok(Some(open)) => return Intent::InDoubt(Box::new(open)),
                Ok(None) => return Intent::None,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, item = %item.id, "an intent cannot be looked up")
                }
            },
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, item = %item.id, "an intent cannot be written");
                in_doubt = true;
            }
        }
        sleep(ASK_AGAIN).await;
    }
}

struct Call {
    desk: Arc<Desk>,
    lane: Arc<Lane>,
    open: Open,
    machine: Attempt,
    facts: CallFacts,
    signals: mpsc::Receiver<Signal>,
    ask_at: Instant,
    overdue_at: Instant,
    /// Once the fax is over: when to kill what is left of the channel.
    kill_at: Option<Instant>,
    settled: bool,
    /// Whether the attempt is still under this task's fence.
    is_ours: bool,
}

impl Call {
    fn new(desk: Arc<Desk>, lane: Arc<Lane>, open: Open, signals: mpsc::Receiver<Signal>) -> Self {
        let attempt = &open.attempt;
        let count = |n: i32| u32::try_from(n).unwrap_or(0);
        let machine = Attempt::resume(
            count(attempt.start_page),
            count(attempt.total_pages),
            attempt.phase,
            count(attempt.transferred),
            open.item.cancel_requested,
        );
        let now = Instant::now();
        let overdue_at = now + attempt.overdue_at.since(desk.app.now());
        Self {
            desk,
            lane,
            open,
            machine,
            facts: CallFacts::default(),
            signals,
            ask_at: now + REASSURE,
            overdue_at,
            kill_at: None,
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
    }

    async fn next_news(&mut self) -> Vec<Action> {
        let kill_at = self.kill_at;
        tokio::select! {
            signal = self.signals.recv() => match signal {
                Some(Signal::Seen(event)) => self.saw(event).await,
                Some(Signal::Doubt) => self.ask().await,
                Some(Signal::Cancel) => self.feed(Evidence::CancelRequested).await,
                // Another task watches the call now.
                None => {
                    self.is_ours = false;
                    Vec::new()
                }
            },
            () = sleep_until(kill_at.unwrap_or(self.overdue_at)), if kill_at.is_some() => {
                tracing::warn!(call = %self.uuid(), "the fax is over but its channel stays: killing it");
                self.kill_at = None;
                vec![Action::Kill]
            }
            () = sleep_until(self.ask_at), if !self.settled => self.ask().await,
            () = sleep_until(self.overdue_at), if !self.settled => {
                tracing::warn!(call = %self.uuid(), "the call has outlived every bound: killing it");
                self.overdue_at = Instant::now() + REASSURE;
                self.feed(Evidence::Overdue).await
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
            Action::Kill => {
                self.lane.transport.kill(self.uuid()).await;
                Vec::new()
            }
            Action::Probe => {
                self.ask_at = self.ask_at.min(Instant::now() + ASK_AGAIN);
                Vec::new()
            }
            Action::Fence => self.fence().await,
        }
    }

    async fn saw(&mut self, event: CallEvent) -> Vec<Action> {
        if let Some(seconds) = event.seconds {
            self.facts.seconds = self.facts.seconds.max(seconds);
        }
        if event.remote_station_id.is_some() {
            self.facts.remote_station_id = event.remote_station_id;
        }
        if matches!(event.evidence, Evidence::HungUp(_)) {
            self.kill_at = None;
        }
        self.feed_from(event.evidence, event.by).await
    }

    async fn feed(&mut self, evidence: Evidence) -> Vec<Action> {
        let by = evidence.usual_witness();
        self.feed_from(evidence, by).await
    }

    /// Gives evidence to the machine, and writes down what it moved.
    async fn feed_from(&mut self, evidence: Evidence, by: Witness) -> Vec<Action> {
        let before = (self.machine.phase(), self.machine.transferred());
        let actions = self.machine.on_from(evidence, by);
        let after = (self.machine.phase(), self.machine.transferred());
        if after != before && after.0 != AttemptPhase::Settled {
            match self.desk.app.progress(&self.open, after.0, after.1).await {
                Ok(true) if after.0 == AttemptPhase::Negotiated => {
                    failpoint::reach(Failpoint::MidPage);
                }
                Ok(true) => {}
                Ok(false) => self.is_ours = false,
                // The verdict will tell it all again.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, call = %self.uuid(), "progress cannot be written");
                }
            }
        }
        actions
    }

    async fn ask(&mut self) -> Vec<Action> {
        self.ask_at = Instant::now() + REASSURE;
        let core = self.open.attempt.core_uuid.clone();
        match self.lane.transport.probe(self.uuid(), &core).await {
            Probe::Alive => self.feed(Evidence::Alive).await,
            Probe::Record(event) => self.saw(event).await,
            Probe::Absent(core) => {
                let may_still_leave = self.desk.app.now() <= self.open.attempt.send_by;
                self.feed(Evidence::Absent {
                    core,
                    may_still_leave,
                })
                .await
            }
            Probe::Unreachable => {
                self.ask_at = Instant::now() + ASK_AGAIN;
                Vec::new()
            }
        }
    }

    async fn fence(&mut self) -> Vec<Action> {
        let core = self.open.attempt.core_uuid.clone();
        match self.lane.transport.fence(self.uuid(), &core).await {
            Fence::Taken(core) => self.feed(Evidence::Fenced { core }).await,
            Fence::Record(event) => self.saw(event).await,
            Fence::Refused => self.feed(Evidence::FenceRefused).await,
            Fence::Unreachable => {
                self.ask_at = Instant::now() + ASK_AGAIN;
                Vec::new()
            }
        }
    }

    /// Writes the verdict down, however long the database is away; only then may the call's record go.
    async fn settle(&mut self, verdict: &Verdict) {
        failpoint::reach(Failpoint::AfterResult);
        if let Some(cause) = verdict.failure.as_ref().and_then(|f| f.cause.as_ref()) {
            log_account_trouble(cause);
        }
        loop {
            match self.desk.app.settle(&self.open, verdict, &self.facts).await {
                Ok(Settled::Now(_) | Settled::Before) => break,
                // Its record is for whoever has the call now.
                Ok(Settled::NotOurs) => {
                    self.is_ours = false;
                    return;
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, call = %self.uuid(), "a verdict cannot be written; trying again");
                    sleep(ASK_AGAIN).await;
                }
            }
        }
        self.settled = true;
        self.lane.transport.forget(self.uuid()).await;
    }
}

fn log_account_trouble(cause: &HangupCause) {
    if cause.class() == faxgate_types::FailureClass::Account {
        tracing::error!(%cause, "the carrier refuses the account ({cause}); its faxes wait until an operator has looked");
    }
}
