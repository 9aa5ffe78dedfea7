//! One call: from the intent to its verdict.

use faxgate_types::{AttemptPhase, FailureClass, FaxCode, HangupCause, Outcome};

use crate::evidence::{Core, Evidence, FaxResult, HangUp};

/// One call placed, or about to be placed, for a queue item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    start_page: u32,
    total_pages: u32,
    phase: AttemptPhase,
    transferred: u32,
    on_the_line: bool,
    cancel: bool,
}

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
            cancel,
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

    /// Takes what was seen; says what follows. After the verdict nothing follows any more.
    pub fn on(&mut self, evidence: Evidence) -> Vec<Action> {
        if self.phase == AttemptPhase::Settled {
            return Vec::new();
        }
        match evidence {
            Evidence::NotSent | Evidence::Refused if !self.on_the_line => self.never_dialled(),
            Evidence::NotSent | Evidence::Refused => Vec::new(),
            Evidence::CannotSend if self.on_the_line => Vec::new(),
            Evidence::CannotSend => {
                let verdict = self.failed(FailureClass::Local, None, None);
                self.settle(verdict)
            }
            Evidence::Accepted => self.reach(AttemptPhase::Dialing),
            Evidence::Ringing => self.reach(AttemptPhase::Ringing),
            Evidence::Answered => self.reach(AttemptPhase::Answered),
            Evidence::Negotiated => self.reach(AttemptPhase::Negotiated),
            Evidence::Page { transferred } => {
                self.confirm(transferred);
                self.reach(AttemptPhase::Negotiated)
            }
            Evidence::JobFailed(_) if self.phase >= AttemptPhase::Answered => Vec::new(),
            Evidence::JobFailed(cause) => self.not_answered(cause),
            Evidence::Result(result) => {
                let verdict = self.fax_verdict(result, None);
                let mut actions = self.settle(verdict);
                actions.push(Action::EnsureGone);
                actions
            }
            Evidence::HungUp(end) => self.hung_up(end),
            Evidence::Alive | Evidence::FenceRefused => {
                let mut actions = self.reach(AttemptPhase::Placed);
                if self.cancel {
                    actions.push(Action::Kill);
                }
                actions
            }
            Evidence::Absent {
                core: Core::Changed,
                ..
            } => self.lost(),
            Evidence::Absent {
                may_still_leave: true,
                ..
            } => vec![Action::Probe],
            Evidence::Absent { .. } => vec![Action::Fence],
            // A call that was heard of and left no record is a hole in the evidence, not a proof.
            Evidence::Fenced if self.on_the_line => self.lost(),
            Evidence::Fenced => self.never_dialled(),
            Evidence::Overdue => vec![Action::Kill, Action::Probe],
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

    fn hung_up(&mut self, end: HangUp) -> Vec<Action> {
        if let Some(result) = end.fax {
            let verdict = self.fax_verdict(result, Some(end.cause));
            return self.settle(verdict);
        }
        if !end.answered && self.phase < AttemptPhase::Answered {
            self.on_the_line = true;
            return self.not_answered(end.cause);
        }
        // Answered, and no fax engine ever ran: the file or the module was missing on our side.
        let verdict = self.failed(FailureClass::Local, Some(end.cause), None);
        self.settle(verdict)
    }

    fn not_answered(&mut self, cause: HangupCause) -> Vec<Action> {
        let class = match cause.class() {
            // The same words come from a lane without room (no channel) and from a carrier (a channel was there).
            FailureClass::BackPressure if self.on_the_line => FailureClass::Line,
            class => class,
        };
        let verdict = self.failed(class, Some(cause), None);
        self.settle(verdict)
    }

    fn fax_verdict(&mut self, result: FaxResult, cause: Option<HangupCause>) -> Verdict {
        self.confirm(result.transferred);
        if result.transferred > 0 {
            // Also when this is the only witness: the page after the confirmed ones may be on the far paper.
            self.reach(AttemptPhase::Negotiated);
        }
        if result.success {
            return self.sent();
        }
        let class = match result.code.class() {
            // Somebody picked up, heard the tones and hung up.
            Some(FailureClass::Line)
                if self.phase < AttemptPhase::Negotiated && self.transferred == 0 =>
            {
                FailureClass::NotFax
            }
            // "HDLC carrier did not stop": how FreeSWITCH 1.11 tells of a T.38 far end that hung up in mid-page.
            Some(_)
                if result.code == FaxCode::CARRIER_STAYED
                    && self.phase >= AttemptPhase::Negotiated =>
            {
                FailureClass::Line
            }
            Some(class) => class,
            None => FailureClass::Negotiation,
        };
        self.failed(class, cause, Some(result.code))
    }

    fn sent(&self) -> Verdict {
        Verdict {
            outcome: Outcome::Sent,
            confirmed: self.total_pages,
            next_page_unconfirmed: false,
            failure: None,
        }
    }

    fn failed(
        &self,
        class: FailureClass,
        cause: Option<HangupCause>,
        code: Option<FaxCode>,
    ) -> Verdict {
        Verdict {
            outcome: if self.cancel {
                Outcome::Canceled
            } else {
                Outcome::Failed
            },
            confirmed: self.confirmed(),
            next_page_unconfirmed: self.phase >= AttemptPhase::Negotiated,
            failure: Some(Failure { class, cause, code }),
        }
    }

    fn never_dialled(&mut self) -> Vec<Action> {
        self.settle(Verdict {
            outcome: if self.cancel {
                Outcome::Canceled
            } else {
                Outcome::NeverDialled
            },
            confirmed: self.confirmed(),
            next_page_unconfirmed: false,
            failure: None,
        })
    }

    fn lost(&mut self) -> Vec<Action> {
        self.settle(Verdict {
            outcome: Outcome::Unknown,
            confirmed: self.confirmed(),
            next_page_unconfirmed: true,
            failure: None,
        })
    }

    fn settle(&mut self, verdict: Verdict) -> Vec<Action> {
        self.phase = AttemptPhase::Settled;
        // Whatever went wrong after the last MCF, the far end has every page.
        let everything = self.total_pages > 0 && self.confirmed() == self.total_pages;
        vec![Action::Settle(if everything {
            self.sent()
        } else {
            verdict
        })]
    }
}
