//! When to try again: the tenant's choices, with a fax engineer's defaults.

use std::time::Duration;

/// The waits between tries of one class of failure: `n` waits allow `n + 1` tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Schedule {
    /// Waits, in order.
    #[must_use]
    pub fn new(waits: impl IntoIterator<Item = Duration>) -> Self {
        Self(waits.into_iter().collect())
    }

    /// Waits, in order, in whole seconds.
    #[must_use]
    pub fn seconds(waits: &[u64]) -> Self {
        Self::new(waits.iter().map(|s| Duration::from_secs(*s)))
    }

    /// The wait after the `failed`-th failure (1 is the first); `None` when that was the last try.
    #[must_use]
    pub fn after(&self, failed: u32) -> Option<Duration> {
        let at = usize::try_from(failed.checked_sub(1)?).ok()?;
        self.0.get(at).copied()
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

/// Tries and waits per class of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Busy, no answer, a broken line.
    pub line: Schedule,
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
    /// After this long the next failure is final, whatever the class.
    pub give_up_after: Duration,
    /// When only the last page is unconfirmed.
    pub last_page: LastPage,
    /// When nobody knows.
    pub unknown: UnknownOutcome,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            line: Schedule::seconds(&[120, 300, 600, 1200]),
            negotiation: Schedule::seconds(&[60, 300]),
            not_fax: Schedule::seconds(&[2 * 3600]),
            local: Schedule::seconds(&[30, 120, 600]),
            back_pressure: Duration::from_secs(5),
            account: Duration::from_secs(900),
            give_up_after: Duration::from_secs(24 * 3600),
            last_page: LastPage::default(),
            unknown: UnknownOutcome::default(),
        }
    }
}
