//! One call: from the intent to its verdict.

use faxgate_types::{
    AttemptPhase, CarrierReason, FailureClass, FaxCode, HangupCause, Outcome, Witness,
};

use crate::evidence::{CarrierEnd, Core, Evidence, FaxResult, HangUp};
use crate::lost::Lost;

/// One call placed, or about to be placed, for a queue item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    start_page: u32,
    total_pages: u32,
    phase: AttemptPhase,
    transferred: u32,
    on_the_line: bool,
    core_changed: bool,
    cancel: bool,
    /// The call has outlived its bound, and the kill that this calls for has not been delivered yet.
    to_be_killed: bool,
    kills: u32,
}

/// After so many kills past the bound that FreeSWITCH took, a channel that still lives is given up.
const MOST_KILLS: u32 = 5;

/// What the driver has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask FreeSWITCH for the channel, then look for its CDR; after a moment, when this was done just now.
    Probe,
    /// Take the UUID with a channel that goes nowhere.
    Fence,
    /// End the call (`uuid_kill`).
    Kill,
    /// Write the verdict down. Comes at most once.
    Settle(Verdict),
    /// The fax is over: see to it that the channel goes too.
    EnsureGone,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Pages of the document confirmed by now, earlier calls included.
    pub confirmed: u32,
    /// Whether the page after the confirmed ones may be on the far paper.
    pub next_page_unconfirmed: bool,
    /// Why, unless it was sent.
    pub failure: Option<Failure>,
    /// Why nobody knows, when nobody does.
    pub lost: Option<Lost>,
    /// How the machines talked, as far as a fax engine told.
    pub fax: Option<FaxResult>,
    /// Who told.
    pub by: Witness,
}

impl Verdict {
    /// What it rests on, for the timeline: `settled from the CDR file`.
    #[must_use]
    pub fn evidence(&self) -> String {
        format!("settled {}", self.by.sentence())
    }
}

/// Why an attempt did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure.
    pub class: FailureClass,
    /// The hang-up cause, when the channel told one.
    pub cause: Option<HangupCause>,
    /// SpanDSP's code, when a fax engine ran.
    pub code: Option<FaxCode>,
    /// The carrier's reason, when a carrier's API sent it.
    pub reason: Option<CarrierReason>,
}

impl Failure {
    /// A failure of this class of which no more is known.
    #[must_use]
    pub const fn of(class: FailureClass) -> Self {
        Self {
            class,
            cause: None,
            code: None,
            reason: None,
        }
    }
}

impl Attempt {
    /// A call that starts at the 0-based `start_page` of a document of `total_pages`.
    #[must_use]
    pub fn new(start_page: u32, total_pages: u32) -> Self {
        Self::resume(start_page, total_pages, AttemptPhase::Intended, 0, false)
    }

    /// An attempt as it was last written down.
    #[must_use]
    pub fn resume(
        start_page: u32,
        total_pages: u32,
        phase: AttemptPhase,
        transferred: u32,
        cancel: bool,
    ) -> Self {
        Self {
            start_page,
            total_pages,
            phase,
            transferred,
            on_the_line: phase > AttemptPhase::Dialing,
            core_changed: false,
            cancel,
            to_be_killed: false,
            kills: 0,
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn phase(&self) -> AttemptPhase {
        self.phase
    }

    /// Pages confirmed in this call.
    #[must_use]
    pub fn transferred(&self) -> u32 {
        self.transferred
    }

    /// Pages of the document confirmed by now, earlier calls included.
    #[must_use]
    pub fn confirmed(&self) -> u32 {
        self.start_page
            .saturating_add(self.transferred)
            .min(self.total_pages)
    }

    /// Takes what was seen, from whoever usually tells it; says what follows. After the verdict nothing follows any more.
    pub fn on(&mut self, evidence: Evidence) -> Vec<Action> {
        let by = evidence.usual_witness();
        self.on_from(evidence, by)
    }

    /// Takes what was seen by one witness; says what follows. After the verdict nothing follows any more.
    pub fn on_from(&mut self, evidence: Evidence, by: Witness) -> Vec<Action> {
        if self.phase == AttemptPhase::Settled {
            return Vec::new();
        }
        match evidence {
            Evidence::NotSent | Evidence::Refused if !self.on_the_line => self.never_dialled(by),
            Evidence::NotSent | Evidence::Refused => Vec::new(),
            Evidence::CannotSend if self.on_the_line => Vec::new(),
            Evidence::CannotSend => {
                let verdict = self.failed(FailureClass::Local, by);
                self.settle(verdict)
            }
            // A carrier's answer names the fax: it exists, however long no list shows it.
            Evidence::Accepted if by == Witness::Carrier => self.reach(AttemptPhase::Placed),
            Evidence::Accepted => self.reach(AttemptPhase::Dialing),
            Evidence::Ringing => self.reach(AttemptPhase::Ringing),
            Evidence::Answered => self.reach(AttemptPhase::Answered),
            Evidence::Negotiated => self.reach(AttemptPhase::Negotiated),
            Evidence::Page { transferred } => {
                self.confirm(transferred);
                self.reach(AttemptPhase::Negotiated)
            }
            Evidence::JobFailed(_) if self.phase >= AttemptPhase::Answered => Vec::new(),
            Evidence::JobFailed(cause) => self.not_answered(cause, by),
            Evidence::Result(result) => {
                let verdict = self.fax_verdict(result, None, by);
                let mut actions = self.settle(verdict);
                actions.push(Action::EnsureGone);
                actions
            }
            Evidence::HungUp(end) => self.hung_up(end, by),
            Evidence::Carrier(end) => self.carrier_ended(end, by),
            Evidence::Alive | Evidence::FenceRefused => self.alive(by),
            Evidence::Absent {
                core,
                may_still_leave,
            } => self.absent(core, may_still_leave, by),
            Evidence::Fenced { core } => {
                self.core_changed |= core == Core::Changed;
                match (self.core_changed, self.on_the_line) {
                    (true, _) => self.lost(Lost::CoreGone, by),
                    // A call that was heard of and left no record is a hole in the evidence, not a proof.
                    (false, true) => self.lost(Lost::NoRecord, by),
                    (false, false) => self.never_dialled(by),
                }
            }
            Evidence::Abandoned => self.lost(Lost::LineGone, by),
            Evidence::Illegible => self.lost(Lost::Illegible, by),
            Evidence::Vanished => self.lost(Lost::NoRecord, by),
            Evidence::Surfaced => self.lost(Lost::TakenAfterAll, by),
            Evidence::Overdue => {
                self.to_be_killed = true;
                vec![Action::Kill, Action::Probe]
            }
            Evidence::Killed => {
                // One for each time the bound was looked at; and a kill that nobody took proves nothing.
                self.kills = self.kills.saturating_add(self.to_be_killed.into());
                self.to_be_killed = false;
                Vec::new()
            }
            Evidence::CancelRequested => {
                self.cancel = true;
                vec![Action::Kill]
            }
        }
    }

    fn reach(&mut self, phase: AttemptPhase) -> Vec<Action> {
        self.phase = self.phase.max(phase);
        self.on_the_line |= phase > AttemptPhase::Dialing;
        Vec::new()
    }

    fn confirm(&mut self, transferred: u32) {
        let most = self.total_pages.saturating_sub(self.start_page);
        self.transferred = self.transferred.max(transferred.min(most));
    }

    fn alive(&mut self, by: Witness) -> Vec<Action> {
        self.reach(AttemptPhase::Placed);
        if self.kills > MOST_KILLS {
            let mut actions = self.lost(Lost::CannotBeKilled, by);
            actions.push(Action::EnsureGone);
            return actions;
        }
        if self.cancel {
            return vec![Action::Kill];
        }
        Vec::new()
    }

    fn absent(&mut self, core: Core, may_still_leave: bool, by: Witness) -> Vec<Action> {
        self.core_changed |= core == Core::Changed;
        if self.core_changed && self.on_the_line {
            return self.lost(Lost::CoreGone, by);
        }
        // A command may also reach, or lie unread in, the FreeSWITCH that came after.
        vec![if may_still_leave {
            Action::Probe
        } else {
            Action::Fence
        }]
    }

    fn hung_up(&mut self, end: HangUp, by: Witness) -> Vec<Action> {
        if let Some(result) = end.fax {
            let verdict = self.fax_verdict(result, Some(end.cause), by);
            return self.settle(verdict);
        }
        if !end.answered && self.phase < AttemptPhase::Answered {
            self.on_the_line = true;
            return self.not_answered(end.cause, by);
        }
        // Answered, and no fax engine ever ran: the file or the module was missing on our side.
        let verdict = self.failed(FailureClass::Local, by).because(end.cause);
        self.settle(verdict)
    }

    fn carrier_ended(&mut self, end: CarrierEnd, by: Witness) -> Vec<Action> {
        let reason = match end {
            CarrierEnd::Delivered => {
                let verdict = self.sent(by);
                return self.settle(verdict);
            }
            CarrierEnd::Failed(reason) => reason,
        };
        let class = match reason.class() {
            // It had taken the fax, so it did have room: the same words then come from further away.
            FailureClass::BackPressure if self.phase >= AttemptPhase::Answered => {
                FailureClass::Line
            }
            class => class,
        };
        // Of a reason that nobody knows the worse is assumed, also when no answer was heard of: a carrier's events come in any
        // order, and the end of the fax may overtake its beginning.
        let unclear = !reason.is_known();
        let mut verdict = self.failed(class, by);
        verdict.next_page_unconfirmed |= reason.may_have_delivered() || unclear;
        verdict.failure = verdict.failure.map(|failure| Failure {
            reason: Some(reason),
            ..failure
        });
        self.settle(verdict)
    }

    fn not_answered(&mut self, cause: HangupCause, by: Witness) -> Vec<Action> {
        let class = match cause.class() {
            // The same words come from a lane without room (no channel) and from a carrier (a channel was there).
            FailureClass::BackPressure if self.on_the_line => FailureClass::Line,
            class => class,
        };
        let verdict = self.failed(class, by).because(cause);
        self.settle(verdict)
    }

    fn fax_verdict(
        &mut self,
        result: FaxResult,
        cause: Option<HangupCause>,
        by: Witness,
    ) -> Verdict {
        self.confirm(result.transferred);
        if result.negotiated || result.transferred > 0 {
            // Also when this is the only witness: the page after the confirmed ones may be on the far paper.
            self.reach(AttemptPhase::Negotiated);
        }
        let verdict = if result.success {
            self.sent(by)
        } else {
            let mut verdict = self.failed(self.class_of(result.code), by);
            verdict.failure = verdict.failure.map(|failure| Failure {
                cause,
                code: Some(result.code),
                ..failure
            });
            verdict
        };
        Verdict {
            fax: Some(result),
            ..verdict
        }
    }

    fn class_of(&self, code: FaxCode) -> FailureClass {
        let negotiated = self.phase >= AttemptPhase::Negotiated;
        match code.class() {
            // Somebody picked up, heard the tones and hung up.
            Some(_) if code == FaxCode::CALL_DROPPED && !negotiated => FailureClass::NotFax,
            // "HDLC carrier did not stop": how FreeSWITCH 1.11 tells of a T.38 far end that hung up in mid-page.
            Some(_) if code == FaxCode::CARRIER_STAYED && negotiated => FailureClass::Line,
            Some(class) => class,
            None => FailureClass::Negotiation,
        }
    }

    fn sent(&self, by: Witness) -> Verdict {
        Verdict {
            outcome: Outcome::Sent,
            confirmed: self.total_pages,
            next_page_unconfirmed: false,
            failure: None,
            lost: None,
            fax: None,
            by,
        }
    }

    fn ended(&self, outcome: Outcome, by: Witness) -> Verdict {
        Verdict {
            outcome,
            confirmed: self.confirmed(),
            next_page_unconfirmed: false,
            ..self.sent(by)
        }
    }

    fn or_canceled(&self, outcome: Outcome) -> Outcome {
        if self.cancel {
            Outcome::Canceled
        } else {
            outcome
        }
    }

    fn failed(&self, class: FailureClass, by: Witness) -> Verdict {
        Verdict {
            next_page_unconfirmed: self.phase >= AttemptPhase::Negotiated,
            failure: Some(Failure::of(class)),
            ..self.ended(self.or_canceled(Outcome::Failed), by)
        }
    }

    fn never_dialled(&mut self, by: Witness) -> Vec<Action> {
        self.settle(self.ended(self.or_canceled(Outcome::NeverDialled), by))
    }

    fn lost(&mut self, why: Lost, by: Witness) -> Vec<Action> {
        self.settle(Verdict {
            next_page_unconfirmed: true,
            lost: Some(why),
            ..self.ended(Outcome::Unknown, by)
        })
    }

    fn settle(&mut self, verdict: Verdict) -> Vec<Action> {
        self.phase = AttemptPhase::Settled;
        // Whatever went wrong after the last MCF, the far end has every page.
        let everything = self.total_pages > 0 && self.confirmed() == self.total_pages;
        vec![Action::Settle(if everything {
            Verdict {
                fax: verdict.fax,
                ..self.sent(verdict.by)
            }
        } else {
            verdict
        })]
    }
}

impl Verdict {
    fn because(mut self, cause: HangupCause) -> Self {
        self.failure = self.failure.map(|failure| Failure {
            cause: Some(cause),
            ..failure
        });
        self
    }
}
