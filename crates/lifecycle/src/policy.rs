//! When to try again: the tenant's choices, with a fax engineer's defaults.

use std::time::Duration;

use faxgate_types::{LastPage, RetryKind, RetrySteps, SendingPolicy, UnknownOutcome};

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

    /// With what was chosen put over it.
    #[must_use]
    fn with(mut self, steps: &RetrySteps) -> Self {
        if let Some(tries) = steps.tries {
            self.tries = tries;
        }
        if !steps.wait_seconds.is_empty() {
            self.waits = durations(&steps.wait_seconds);
        }
        self
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

/// Waits of a kind of failure that uses up no try: in order, the last one repeats, and they never run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits(Vec<Duration>);

impl Waits {
    /// These waits. None at all is no wait.
    #[must_use]
    pub fn new(waits: impl IntoIterator<Item = Duration>) -> Self {
        Self(waits.into_iter().collect())
    }

    /// As [`Waits::new`], in whole seconds.
    #[must_use]
    pub fn seconds(waits: &[u64]) -> Self {
        Self::new(waits.iter().map(|s| Duration::from_secs(*s)))
    }

    /// The longest of them.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.0.iter().copied().max().unwrap_or(Duration::ZERO)
    }

    /// The wait after the `count`-th time in a row (1 is the first).
    #[must_use]
    pub fn after(&self, count: u32) -> Duration {
        let at = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = self.0.get(at).or(self.0.last());
        wait.copied().unwrap_or(Duration::ZERO)
    }
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
    /// When the lane had no room. Uses up no try.
    pub back_pressure: Waits,
    /// When the carrier refuses the account. Uses up no try.
    pub account: Waits,
    /// So many failures in all, whatever their kind.
    pub max_tries: u32,
    /// So long after the first call that came about, the next failure is final, whatever its kind.
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
            // One for each rung of the ladder: T.38, audio, slower, without error correction, another gateway.
            negotiation: Schedule::seconds(5, &[60, 60, 300]),
            not_fax: Schedule::seconds(2, &[2 * 3600]),
            local: Schedule::seconds(4, &[30, 120, 600]),
            back_pressure: Waits::seconds(&[5, 10, 20, 30, 60]),
            account: Waits::seconds(&[900]),
            max_tries: 12,
            give_up_after: Duration::from_secs(24 * 3600),
            last_page: LastPage::default(),
            unknown: UnknownOutcome::default(),
        }
    }
}

impl RetryPolicy {
    /// For so long, or for [`RetryPolicy::give_up_after`] if that is more, an item may wait for its first call to come
    /// about, counted from when one was first intended.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

    /// The gateway's policy with a tenant's choices put over it.
    #[must_use]
    pub fn for_tenant(&self, chosen: &SendingPolicy) -> Self {
        let mut policy = self.clone();
        for (kind, steps) in &chosen.retry {
            policy.choose(*kind, steps);
        }
        policy.max_tries = chosen.max_tries.unwrap_or(policy.max_tries);
        policy.last_page = chosen.last_page.unwrap_or(policy.last_page);
        policy.unknown = chosen.unknown.unwrap_or(policy.unknown);
        if let Some(seconds) = chosen.give_up_after_seconds {
            policy.give_up_after = Duration::from_secs(seconds.into());
        }
        policy
    }

    fn choose(&mut self, kind: RetryKind, steps: &RetrySteps) {
        let schedule = match kind {
            RetryKind::Busy => &mut self.busy,
            RetryKind::NoAnswer => &mut self.no_answer,
            RetryKind::Line => &mut self.line,
            RetryKind::Partial => &mut self.partial,
            RetryKind::Negotiation => &mut self.negotiation,
            RetryKind::NotFax => &mut self.not_fax,
            RetryKind::Local => &mut self.local,
            RetryKind::BackPressure | RetryKind::Account => {
                if !steps.wait_seconds.is_empty() {
                    let waits = Waits(durations(&steps.wait_seconds));
                    match kind {
                        RetryKind::Account => self.account = waits,
                        _ => self.back_pressure = waits,
                    }
                }
                return;
            }
        };
        *schedule = schedule.clone().with(steps);
    }
}

fn durations(seconds: &[u32]) -> Vec<Duration> {
    seconds
        .iter()
        .map(|s| Duration::from_secs(u64::from(*s)))
        .collect()
}
