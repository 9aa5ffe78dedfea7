//! How long to wait before connecting again.

use std::time::Duration;

/// Doubling delays with jitter: the *n*th is between half of `first`·2ⁿ and all of it, and never above `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first delay.
    pub first: Duration,
    /// The longest delay; a connection that lived this long starts over with the first.
    pub longest: Duration,
}

impl Default for Backoff {
    /// 50 ms to 5 s.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(50),
            longest: Duration::from_secs(5),
        }
    }
}

impl Backoff {
    /// The delay after `failures` failures in a row (0 for the first), with `random` deciding within its span.
    pub fn delay(&self, failures: u32, random: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.min(30));
        let whole = doubled.min(self.longest);
        whole / 2 + (whole / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}
