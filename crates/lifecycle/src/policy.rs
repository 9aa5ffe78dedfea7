//! When to try again: the tenant's choices, with a fax engineer's defaults.

use std::time::Duration;

/// How often to try, and how long to wait in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    tries: u32,
    waits: Vec<Duration>,
}

impl Schedule {
    /// `tries` calls in all, with these waits in between, in order; the last one repeats.
    #[must_use]
    pub fn new(tries: u32, waits: impl IntoIterator<Item = Duration>) -> Self {
        Self {
            tries,
            waits: waits.into_iter().collect(),
        }
    }

    /// As [`Schedule::new`], in whole seconds.
    #[must_use]
    pub fn seconds(tries: u32, waits: &[u64]) -> Self {
        Self::new(tries, waits.iter().map(|s| Duration::from_secs(*s)))
    }

    /// The wait after the `failed`-th failure (1 is the first); `None` when that was the last try.
    #[must_use]
    pub fn after(&self, failed: u32) -> Option<Duration> {
        if failed == 0 || failed >= self.tries {
            return None;
        }
        let at = usize::try_from(failed - 1).unwrap_or(usize::MAX);
        self.waits.get(at).or(self.waits.last()).copied()
    }
}

/// What to do with a fax whose outcome nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UnknownOutcome {
    /// A person decides.
    #[default]
    Hold,
    /// Send every page again.
    ResendAll,
    /// Send the pages that were not confirmed.
    ResendUnconfirmed,
}

/// What to do when only the last page is unconfirmed: the far end may hold the whole fax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LastPage {
    /// A missing page is worse than a repeated one.
    #[default]
    Resend,
    /// A person decides.
    Hold,
}

/// Tries and waits per kind of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The line was busy.
    pub busy: Schedule,
    /// Nobody answered.
    pub no_answer: Schedule,
    /// The line broke, or could not be had.
    pub line: Schedule,
    /// Some pages came through: go on with the next.
    pub partial: Schedule,
    /// The machines did not understand each other.
    pub negotiation: Schedule,
    /// No fax machine answered: hours apart, for there may be a person at the other end.
    pub not_fax: Schedule,
    /// Our own side failed.
    pub local: Schedule,
    /// The wait when the lane had no room. Uses up no try.
    pub back_pressure: Duration,
    /// The wait when the carrier refuses the account. Uses up no try.
    pub account: Duration,
    /// So many failures in all, whatever their kind.
    pub max_tries: u32,
    /// After this long the next failure is final, whatever its kind.
    pub give_up_after: Duration,
    /// When only the last page is unconfirmed.
    pub last_page: LastPage,
    /// When nobody knows.
    pub unknown: UnknownOutcome,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            busy: Schedule::seconds(5, &[120, 180, 300]),
            no_answer: Schedule::seconds(4, &[300, 900]),
            line: Schedule::seconds(4, &[120, 300, 600]),
            partial: Schedule::seconds(4, &[60]),
            negotiation: Schedule::seconds(3, &[60, 300]),
            not_fax: Schedule::seconds(2, &[2 * 3600]),
            local: Schedule::seconds(4, &[30, 120, 600]),
            back_pressure: Duration::from_secs(5),
            account: Duration::from_secs(900),
            max_tries: 12,
            give_up_after: Duration::from_secs(24 * 3600),
            last_page: LastPage::default(),
            unknown: UnknownOutcome::default(),
        }
    }
}
