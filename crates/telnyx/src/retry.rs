//! Whether and when a safe request is made again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How requests that may be repeated are: reading, deleting and canceling. Nothing else ever is.
#[derive(Clone)]
pub struct Retries {
    /// How often one request is repeated after 429, a 5xx or a broken connection.
    pub most: u32,
    /// The first delay; the *n*th is between half of `first`·2ⁿ and all of it.
    pub first: Duration,
    /// The longest delay, and the longest wait for a rate limit. An answer that asks for more is not waited for.
    pub longest: Duration,
    random: Arc<dyn Fn() -> u32 + Send + Sync>,
}

impl Retries {
    /// The same with jitter from `random`, uniform over all of `u32`. Without it each delay is the longest of its span.
    #[must_use]
    pub fn with_random(mut self, random: impl Fn() -> u32 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// The delay after `failures` failures (0 for the first); `None` when it was the last, or when `asked` by the server
    /// to wait for longer than [`longest`](Self::longest).
    #[must_use]
    pub fn delay(&self, failures: u32, asked: Option<Duration>) -> Option<Duration> {
        if failures >= self.most {
            return None;
        }
        let whole = self
            .first
            .saturating_mul(1 << failures.min(30))
            .min(self.longest);
        let jittered =
            whole / 2 + (whole / 2).mul_f64(f64::from((self.random)()) / f64::from(u32::MAX));
        match asked {
            Some(asked) if asked > self.longest => None,
            Some(asked) => Some(jittered.max(asked)),
            None => Some(jittered),
        }
    }
}

impl Default for Retries {
    /// Twice, after 250 ms and 500 ms, waiting for 5 s at most.
    fn default() -> Self {
        Self {
            most: 2,
            first: Duration::from_millis(250),
            longest: Duration::from_secs(5),
            random: Arc::new(|| u32::MAX),
        }
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries")
            .field("most", &self.most)
            .field("first", &self.first)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}
