//! What becomes of a queue item after an attempt.

use std::time::Duration;

use faxgate_types::{
    FailureClass, HangupCause, LastPage, LineSettings, Outcome, RetryKind, UnknownOutcome,
};

use crate::attempt::{Lost, Verdict};
use crate::ladder;
use crate::policy::RetryPolicy;

/// What the decision needs to know of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemView {
    /// Pages of the document.
    pub total_pages: u32,
    /// Pages confirmed before the attempt.
    pub confirmed: u32,
    /// Failures so far, the one to be judged not counted.
    pub tries: Tries,
    /// The settings that the attempt could use.
    pub settings: LineSettings,
    /// Whether somebody asked to cancel.
    pub cancel: bool,
    /// How long ago the fax was accepted.
    pub age: Duration,
}

impl ItemView {
    /// A fresh item.
    #[must_use]
    pub fn new(total_pages: u32) -> Self {
        Self {
            total_pages,
            confirmed: 0,
            tries: Tries::default(),
            settings: LineSettings::default(),
            cancel: false,
            age: Duration::ZERO,
        }
    }
}

/// Failures so far, by the schedule that they use up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// [`RetryKind::Line`], [`RetryKind::Busy`] and [`RetryKind::NoAnswer`].
    pub line: u32,
    /// [`RetryKind::Negotiation`].
    pub negotiation: u32,
    /// [`RetryKind::NotFax`].
    pub not_fax: u32,
    /// [`RetryKind::Local`].
    pub local: u32,
    /// [`RetryKind::Partial`].
    pub partial: u32,
    /// Times in a row that no call came about and no try was used up; back to 0 after a real call.
    pub waits: u32,
}

impl Tries {
    /// Counts one more attempt that ended for this reason.
    pub fn count(&mut self, kind: RetryKind) {
        let counter = match kind {
            RetryKind::Line | RetryKind::Busy | RetryKind::NoAnswer => &mut self.line,
            RetryKind::Negotiation => &mut self.negotiation,
            RetryKind::NotFax => &mut self.not_fax,
            RetryKind::Local => &mut self.local,
            RetryKind::Partial => &mut self.partial,
            RetryKind::BackPressure | RetryKind::Account => {
                self.waits = self.waits.saturating_add(1);
                return;
            }
        };
        *counter = counter.saturating_add(1);
        self.waits = 0;
    }

    /// With one more attempt that ended so.
    #[must_use]
    pub fn after(mut self, verdict: &Verdict, item: &ItemView) -> Self {
        match verdict.retry_kind(item.confirmed) {
            Some(kind) => self.count(kind),
            None => self.waits = 0,
        }
        self
    }

    fn all(self) -> u32 {
        [
            self.line,
            self.negotiation,
            self.not_fax,
            self.local,
            self.partial,
        ]
        .into_iter()
        .fold(0, u32::saturating_add)
    }
}

impl Verdict {
    /// Whose schedule decides about another try, for an item of which `confirmed` pages were confirmed before; `None`
    /// when no schedule does.
    #[must_use]
    pub fn retry_kind(&self, confirmed: u32) -> Option<RetryKind> {
        let kind = match self.outcome {
            Outcome::NeverDialled => return Some(RetryKind::BackPressure),
            Outcome::Sent | Outcome::Canceled | Outcome::Unknown => return None,
            Outcome::Failed => match self.failure.as_ref().map(|failure| failure.class) {
                Some(FailureClass::Permanent) => return None,
                Some(FailureClass::Account) => RetryKind::Account,
                Some(FailureClass::BackPressure) => RetryKind::BackPressure,
                Some(FailureClass::NotFax) => RetryKind::NotFax,
                Some(FailureClass::Local) => RetryKind::Local,
                Some(FailureClass::Negotiation) => RetryKind::Negotiation,
                Some(FailureClass::Line) | None => self.line_kind(),
            },
        };
        let progress = self.confirmed > confirmed;
        Some(match kind {
            RetryKind::Negotiation | RetryKind::Line if progress => RetryKind::Partial,
            kind => kind,
        })
    }

    fn line_kind(&self) -> RetryKind {
        let cause = self.failure.as_ref().and_then(|f| f.cause.as_ref());
        // A fax that began is no longer a matter of how the call was answered.
        cause
            .filter(|_| self.fax.is_none())
            .map_or(RetryKind::Line, HangupCause::line_kind)
    }
}

/// What becomes of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Every page is confirmed.
    Sent,
    /// Try again.
    Retry {
        /// After this long.
        after: Duration,
        /// 0-based; every page before it is confirmed.
        from_page: u32,
        /// What the next call may use of the gateway's settings.
        settings: LineSettings,
        /// Whether another lane should take it, if there is one.
        other_lane: bool,
    },
    /// Given up.
    Failed,
    /// Stopped on request.
    Canceled,
    /// A person decides.
    Held,
}

/// What becomes of an item whose attempt ended with `verdict`.
#[must_use]
pub fn fate(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    let again = |after, from_page| Fate::Retry {
        after,
        from_page,
        settings: item.settings,
        other_lane: false,
    };
    match verdict.outcome {
        Outcome::Sent => Fate::Sent,
        Outcome::Canceled => Fate::Canceled,
        _ if item.cancel => Fate::Canceled,
        Outcome::Unknown => match policy.unknown {
            // The channel may still live: a second call beside it is nobody's wish.
            _ if verdict.lost == Some(Lost::CannotBeKilled) => Fate::Held,
            UnknownOutcome::Hold => Fate::Held,
            UnknownOutcome::ResendAll => again(Duration::ZERO, 0),
            UnknownOutcome::ResendUnconfirmed => again(Duration::ZERO, verdict.confirmed),
        },
        Outcome::NeverDialled | Outcome::Failed => failed(verdict, item, policy),
    }
}

fn failed(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    let Some(kind) = verdict.retry_kind(item.confirmed) else {
        return Fate::Failed;
    };
    let tries = item.tries.after(verdict, item);
    let too_many = !kind.is_endless() && tries.all() >= policy.max_tries;
    if item.age >= policy.give_up_after || too_many {
        return Fate::Failed;
    }
    let Some(after) = policy.wait(kind, &tries) else {
        return Fate::Failed;
    };
    let only_last_page_open =
        verdict.next_page_unconfirmed && verdict.confirmed + 1 == item.total_pages;
    if only_last_page_open && policy.last_page == LastPage::Hold {
        return Fate::Held;
    }
    let next = ladder::next(verdict, item);
    Fate::Retry {
        after,
        from_page: verdict.confirmed,
        settings: next.settings,
        other_lane: next.other_lane,
    }
}

impl RetryPolicy {
    /// The wait before the next try, the failure to be judged already counted; `None` when there is none.
    fn wait(&self, kind: RetryKind, tries: &Tries) -> Option<Duration> {
        match kind {
            RetryKind::Busy => self.busy.after(tries.line),
            RetryKind::NoAnswer => self.no_answer.after(tries.line),
            RetryKind::Line => self.line.after(tries.line),
            RetryKind::Partial => self.partial.after(tries.partial),
            RetryKind::Negotiation => self.negotiation.after(tries.negotiation),
            RetryKind::NotFax => self.not_fax.after(tries.not_fax),
            RetryKind::Local => self.local.after(tries.local),
            RetryKind::BackPressure => Some(self.back_pressure.after(tries.waits)),
            RetryKind::Account => Some(self.account.after(tries.waits)),
        }
    }
}
