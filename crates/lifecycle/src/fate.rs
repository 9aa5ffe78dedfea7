//! What becomes of a queue item after an attempt.

use std::time::Duration;

use faxgate_types::{
    CarrierReason, FailureClass, HangupCause, LastPage, LineSettings, Outcome, RetryKind,
    UnknownOutcome,
};

use crate::attempt::Verdict;
use crate::ladder;
use crate::lost::Lost;
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
    /// How long ago a call for it was first intended, whatever came of that.
    pub age: Duration,
    /// How long ago its first call that came about was begun; `None` before that.
    pub calling: Option<Duration>,
    /// Whether nobody knows how its last call that came about ended.
    pub unknown_before: bool,
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
            calling: None,
            unknown_before: false,
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
            Outcome::Sent | Outcome::Canceled => return None,
            // Like a line that broke, even when it is to be sent again: what ended the call may do so again.
            Outcome::Unknown => return Some(RetryKind::Line),
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
        let failure = self.failure.as_ref();
        if let Some(reason) = failure.and_then(|f| f.reason.as_ref()) {
            return reason.line_kind();
        }
        let cause = failure.and_then(|f| f.cause.as_ref());
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
    Failed(GivenUp),
    /// Stopped on request.
    Canceled,
    /// A person decides.
    Held,
}

/// Why an item is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// Another call would not help, or there were as many as the policy wants.
    EnoughTried,
    /// [`RetryPolicy::give_up_after`] has passed since its first call.
    TooLate,
    /// No call came about for [`RetryPolicy::LONGEST_WAIT`].
    NoCallCameAbout,
}

/// What becomes of an item whose attempt ended with `verdict`.
#[must_use]
pub fn fate(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    match verdict.outcome {
        Outcome::Sent => Fate::Sent,
        Outcome::Canceled => Fate::Canceled,
        _ if item.cancel => Fate::Canceled,
        Outcome::Unknown => unknown(verdict, item, policy),
        Outcome::NeverDialled | Outcome::Failed => failed(verdict, item, policy),
    }
}

/// Sent again only if the tenant wants it, and only once: what ended one call without a trace, a document perhaps that
/// FreeSWITCH does not survive, must not do so for ever.
fn unknown(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    // The channel, or the carrier's fax, may still live: a second call beside it is nobody's wish.
    let may_live = matches!(
        verdict.lost,
        Some(Lost::CannotBeKilled | Lost::TakenAfterAll)
    );
    if may_live || item.unknown_before {
        return Fate::Held;
    }
    let from_page = match policy.unknown {
        UnknownOutcome::Hold => return Fate::Held,
        UnknownOutcome::ResendAll => 0,
        UnknownOutcome::ResendUnconfirmed => verdict.confirmed,
    };
    match next_try(RetryKind::Line, verdict, item, policy) {
        Ok(after) => Fate::Retry {
            after,
            from_page,
            settings: item.settings,
            other_lane: false,
        },
        Err(_) => Fate::Held,
    }
}

fn failed(verdict: &Verdict, item: &ItemView, policy: &RetryPolicy) -> Fate {
    let Some(kind) = verdict.retry_kind(item.confirmed) else {
        return Fate::Failed(GivenUp::EnoughTried);
    };
    let after = match next_try(kind, verdict, item, policy) {
        Ok(after) => after,
        Err(why) => return Fate::Failed(why),
    };
    if is_last_page_open(verdict, item) && policy.last_page == LastPage::Hold {
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

/// Whether the last page, and every one before it, may be on the far paper.
fn is_last_page_open(verdict: &Verdict, item: &ItemView) -> bool {
    // A carrier's API confirms no page: when one may have arrived, all of them may have.
    let confirms_none = verdict
        .failure
        .as_ref()
        .is_some_and(|failure| failure.reason.is_some());
    verdict.next_page_unconfirmed && (confirms_none || verdict.confirmed + 1 == item.total_pages)
}

/// The wait before the next call, or why there is none.
fn next_try(
    kind: RetryKind,
    verdict: &Verdict,
    item: &ItemView,
    policy: &RetryPolicy,
) -> Result<Duration, GivenUp> {
    let tries = item.tries.after(verdict, item);
    if !kind.is_endless() && tries.all() >= policy.max_tries {
        return Err(GivenUp::EnoughTried);
    }
    match item.calling {
        Some(calling) if calling >= policy.give_up_after => return Err(GivenUp::TooLate),
        // Its time begins with its first call: what waited for a line, or for the hour to send at, has not been tried.
        None if kind.is_endless()
            && item.age >= policy.give_up_after.max(RetryPolicy::LONGEST_WAIT) =>
        {
            return Err(GivenUp::NoCallCameAbout);
        }
        _ => {}
    }
    if kind == RetryKind::Account && is_one_faxes(verdict) {
        return Ok(policy.wait_of_one(tries.waits));
    }
    policy.wait(kind, &tries).ok_or(GivenUp::EnoughTried)
}

/// Whether the account was refused for this number or this sender only: another line may take the fax.
fn is_one_faxes(verdict: &Verdict) -> bool {
    let failure = verdict.failure.as_ref();
    let reason = failure.and_then(|failure| failure.reason.as_ref());
    reason.is_some_and(CarrierReason::is_one_faxes)
}

/// So many refusals of one fax in a row are taken to another line soon; by then there is none that takes it.
const SOON_ELSEWHERE: u32 = 3;

impl RetryPolicy {
    /// The wait after the `count`-th refusal in a row that is about one fax alone.
    fn wait_of_one(&self, count: u32) -> Duration {
        match count.checked_sub(SOON_ELSEWHERE) {
            None | Some(0) => self.back_pressure.after(1),
            Some(more) => self.account.after(more),
        }
    }

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
