//! What becomes of a queue item after an attempt.

use std::time::Duration;

use faxgate_types::{FailureClass, Outcome};

use crate::attempt::Verdict;
use crate::policy::{LastPage, RetryPolicy, Schedule, UnknownOutcome};

/// What the decision needs to know of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemView {
    /// Pages of the document.
    pub total_pages: u32,
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
        Outcome::NeverDialled => Fate::Retry {
            after: Duration::ZERO,
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
        Outcome::Failed => {
            let class = verdict
                .failure
                .as_ref()
                .map_or(FailureClass::Line, |f| f.class);
            failed(class, verdict, item, policy)
        }
    }
}

fn failed(class: FailureClass, verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    let only_last_page_open =
        verdict.next_page_unconfirmed && verdict.confirmed + 1 == item.total_pages;
    if item.age >= policy.give_up_after {
        return Fate::Failed;
    }
    let mut tries = item.tries;
    tries.count(class);
    let scheduled = |schedule: &Schedule, failures| schedule.after(failures);
    let after = match class {
        FailureClass::Permanent => None,
        FailureClass::Account => Some(policy.account),
        FailureClass::BackPressure => Some(policy.back_pressure),
        FailureClass::Line => scheduled(&policy.line, tries.line),
        FailureClass::Negotiation => scheduled(&policy.negotiation, tries.negotiation),
        FailureClass::NotFax => scheduled(&policy.not_fax, tries.not_fax),
        FailureClass::Local => scheduled(&policy.local, tries.local),
    };
    match after {
        None => Fate::Failed,
        Some(_) if only_last_page_open && policy.last_page == LastPage::Hold => Fate::Held,
        Some(after) => Fate::Retry {
            after,
            from_page: verdict.confirmed,
        },
    }
}
