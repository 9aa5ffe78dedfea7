//! What becomes of a queue item after an attempt.

use std::time::Duration;

use faxgate_types::{FailureClass, HangupCause, Outcome};

use crate::attempt::Verdict;
use crate::policy::{LastPage, RetryPolicy, Schedule, UnknownOutcome};

/// What the decision needs to know of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemView {
    /// Pages of the document.
    pub total_pages: u32,
    /// Pages confirmed before the attempt.
    pub confirmed: u32,
    /// Failures so far, the one to be judged not counted.
    pub tries: Tries,
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
            cancel: false,
            age: Duration::ZERO,
        }
    }
}

/// Failures so far, by the class whose schedule they use up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// [`FailureClass::Line`].
    pub line: u32,
    /// [`FailureClass::Negotiation`].
    pub negotiation: u32,
    /// [`FailureClass::NotFax`].
    pub not_fax: u32,
    /// [`FailureClass::Local`].
    pub local: u32,
}

impl Tries {
    /// Counts one more failure; classes that use up no try count nothing.
    pub fn count(&mut self, class: FailureClass) {
        let counter = match class {
            FailureClass::Line => &mut self.line,
            FailureClass::Negotiation => &mut self.negotiation,
            FailureClass::NotFax => &mut self.not_fax,
            FailureClass::Local => &mut self.local,
            FailureClass::Permanent | FailureClass::Account | FailureClass::BackPressure => return,
        };
        *counter = counter.saturating_add(1);
    }

    fn all(self) -> u32 {
        [self.line, self.negotiation, self.not_fax, self.local]
            .into_iter()
            .fold(0, u32::saturating_add)
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
    let from_page = verdict.confirmed;
    match verdict.outcome {
        Outcome::Sent => Fate::Sent,
        Outcome::Canceled => Fate::Canceled,
        _ if item.cancel => Fate::Canceled,
        Outcome::NeverDialled if item.age >= policy.give_up_after => Fate::Failed,
        // Not at once: whatever kept the command back may still be there.
        Outcome::NeverDialled => Fate::Retry {
            after: policy.back_pressure,
            from_page,
        },
        Outcome::Unknown => match policy.unknown {
            UnknownOutcome::Hold => Fate::Held,
            UnknownOutcome::ResendAll => Fate::Retry {
                after: Duration::ZERO,
                from_page: 0,
            },
            UnknownOutcome::ResendUnconfirmed => Fate::Retry {
                after: Duration::ZERO,
                from_page,
            },
        },
        Outcome::Failed => failed(verdict, item, policy),
    }
}

fn failed(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    let class = verdict
        .failure
        .as_ref()
        .map_or(FailureClass::Line, |failure| failure.class);
    let mut tries = item.tries;
    tries.count(class);
    if item.age >= policy.give_up_after || tries.all() >= policy.max_tries {
        return Fate::Failed;
    }
    let progress = verdict.confirmed > item.confirmed;
    let after = match class {
        FailureClass::Permanent => None,
        FailureClass::Account => Some(policy.account),
        FailureClass::BackPressure => Some(policy.back_pressure),
        FailureClass::Line | FailureClass::Negotiation if progress => {
            policy.partial.after(tries.line + tries.negotiation)
        }
        FailureClass::Line => line(verdict, policy).after(tries.line),
        FailureClass::Negotiation => policy.negotiation.after(tries.negotiation),
        FailureClass::NotFax => policy.not_fax.after(tries.not_fax),
        FailureClass::Local => policy.local.after(tries.local),
    };
    let only_last_page_open =
        verdict.next_page_unconfirmed && verdict.confirmed + 1 == item.total_pages;
    match after {
        None => Fate::Failed,
        Some(_) if only_last_page_open && policy.last_page == LastPage::Hold => Fate::Held,
        Some(after) => Fate::Retry {
            after,
            from_page: verdict.confirmed,
        },
    }
}

fn line<'a>(verdict: &Verdict, policy: &'a RetryPolicy) -> &'a Schedule {
    let cause = verdict
        .failure
        .as_ref()
        .and_then(|failure| failure.cause.as_ref());
    match cause.map(HangupCause::as_str) {
        Some("USER_BUSY") => &policy.busy,
        Some("NO_ANSWER" | "NO_USER_RESPONSE") => &policy.no_answer,
        _ => &policy.line,
    }
}
