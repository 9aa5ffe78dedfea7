//! Asking a call's witnesses, and writing down what they say.

use faxgate_core::{CallFacts, Fence, Open, Probe, Settled};
use faxgate_lifecycle::{Action, Evidence, Verdict};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{CarrierReason, FailureClass, HangupCause, Outcome, Witness};
use tokio::time::{Instant, sleep};

use super::{ASK_AGAIN, Call, Desk, resumed};

impl Call {
    /// Asks the line for the call: whether it lives, and if not, what it left behind.
    pub(super) async fn ask(&mut self) -> Vec<Action> {
        self.patience.asked(Instant::now());
        let core = self.open.attempt.core_uuid.clone();
        let probe = self.lane.transport.probe(self.uuid(), &core).await;
        if matches!(probe, Probe::Alive | Probe::Lives(_) | Probe::Record(_)) {
            self.patience.reached();
        }
        match probe {
            Probe::Alive => self.feed_answer(Evidence::Alive),
            Probe::Lives(event) => {
                let mut actions = self.feed_from(Evidence::Alive, event.by);
                actions.extend(self.saw(event));
                actions
            }
            Probe::Record(event) => self.saw(event),
            Probe::Absent(core) => {
                let may_still_leave = self.desk.app.now() <= self.open.attempt.send_by;
                self.feed_answer(Evidence::Absent {
                    core,
                    may_still_leave,
                })
            }
            Probe::Unreachable => {
                self.ask_when_back();
                Vec::new()
            }
        }
    }

    pub(super) async fn fence(&mut self) -> Vec<Action> {
        let core = self.open.attempt.core_uuid.clone();
        match self.lane.transport.fence(self.uuid(), &core).await {
            Fence::Taken(core) => self.feed_answer(Evidence::Fenced { core }),
            Fence::Record(event) => self.saw(event),
            Fence::Refused => self.feed_answer(Evidence::FenceRefused),
            Fence::Unreachable => {
                self.ask_when_back();
                Vec::new()
            }
        }
    }

    /// Writes the verdict down, however long the database is away; only then may the call's record go.
    pub(super) async fn settle(&mut self, verdict: &Verdict) {
        // What led to the verdict stands in the timeline before it.
        self.desk.scribe.flush().await;
        failpoint::reach(Failpoint::AfterResult);
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
        // What comes late of a call of which nobody knew the end is still to be heard.
        if verdict.outcome != Outcome::Unknown {
            self.lane.transport.forget(self.uuid()).await;
        }
        self.judge_the_line(verdict).await;
    }

    /// What a carrier told while the verdict was written counts as if it had come later. What comes from here on finds that
    /// nobody watches.
    pub(super) async fn hear_the_rest(&mut self) {
        for event in self.watch.rest() {
            if event.by != Witness::Carrier {
                continue;
            }
            if let Err(error) = self.desk.app.resolve_carrier_call(event).await {
                tracing::error!(error = &error as &dyn std::error::Error, call = %self.uuid(), "what a carrier told of a call last cannot be written down");
            }
        }
    }

    /// What the verdict says of the line itself.
    async fn judge_the_line(&self, verdict: &Verdict) {
        let app = &self.desk.app;
        let failure = verdict.failure.as_ref();
        let cause = failure.and_then(|failure| failure.cause.as_ref());
        let carrier = failure.and_then(|failure| failure.reason.as_ref());
        let trouble = match failure.map(|failure| failure.class) {
            _ if self.refused || cause.is_some_and(is_the_lines) => {
                Some(FailureClass::BackPressure)
            }
            class if carrier.is_some_and(CarrierReason::is_the_accounts) => class,
            // A sender or a destination that the account may not use stops nobody else's faxes, however many of them there are.
            _ if carrier.is_some_and(CarrierReason::is_one_faxes) => return,
            Some(class @ (FailureClass::Account | FailureClass::BackPressure)) => {
                // Perhaps this number's alone: then it waits, and nobody else.
                let (keep, now) = (app.pause_at_most(class), app.now());
                let number = &self.open.item.destination;
                if !self.lane.refuses(number, keep, now) {
                    return;
                }
                Some(class)
            }
            _ => None,
        };
        let written = if let Some(class) = trouble {
            let reason = match cause {
                _ if self.refused => "the line refuses the command to call".to_owned(),
                Some(cause) => cause.sentence(),
                None => carrier.map_or_else(
                    || "the line takes no calls".to_owned(),
                    CarrierReason::sentence,
                ),
            };
            app.pause_lane(self.lane.name(), class, self.leave_alone, &reason)
                .await
                .map(|row| self.lane.learn(row.as_ref()))
        } else if matches!(verdict.outcome, Outcome::Sent | Outcome::Failed)
            && failure.is_none_or(|failure| failure.class != FailureClass::Local)
        {
            // A far end answered in some way, so the line did its work.
            self.lane.got_through();
            if !self.lane.is_troubled() {
                return;
            }
            app.lane_works(self.lane.name())
                .await
                .map(|()| self.lane.learn(None))
        } else {
            Ok(())
        };
        if let Err(error) = written {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                lane = self.lane.name(),
                "the state of a line cannot be written"
            );
        }
    }
}

/// What no number brings about: the gateway is away, or FreeSWITCH stops (it ends its calls, and then has no modules to
/// place new ones with).
fn is_the_lines(cause: &HangupCause) -> bool {
    matches!(
        cause.as_str(),
        "GATEWAY_DOWN"
            | "INVALID_GATEWAY"
            | "INVALID_PROFILE"
            | "SYSTEM_SHUTDOWN"
            | "CHAN_NOT_IMPLEMENTED"
    )
}

/// Ends a call whose line nobody has any more.
pub(crate) async fn give_up(desk: &Desk, open: &Open) -> faxgate_core::Result<()> {
    let mut machine = resumed(open);
    for action in machine.on(Evidence::Abandoned) {
        if let Action::Settle(verdict) = action {
            desk.app
                .settle(open, &verdict, &CallFacts::default())
                .await?;
        }
    }
    Ok(())
}
