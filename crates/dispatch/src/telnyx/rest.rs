//! Leaving an API alone that cannot answer now.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use faxgate_telnyx::Error;
use tokio::time::Instant;

/// How long, when it gave no answer.
const WITHOUT_ANSWER: Duration = Duration::from_secs(1);
/// How long, when it refused and does not say for how long.
const AFTER_REFUSAL: Duration = Duration::from_secs(5);

/// Until when the API is left alone, after it could not be reached, refused the key, or asked for it.
#[derive(Default)]
pub(super) struct Rest(Mutex<Option<Left>>);

#[derive(Clone, Copy)]
struct Left {
    since: Instant,
    until: Instant,
}

/// When a request was begun.
#[derive(Clone, Copy)]
pub(super) struct Asked(Instant);

impl Rest {
    fn left(&self) -> MutexGuard<'_, Option<Left>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Whether it may be asked.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_none_or(|left| Instant::now() >= left.until)
    }

    /// A request begins; its answer is for [`Rest::learn`].
    pub(super) fn ask(&self) -> Asked {
        Asked(Instant::now())
    }

    /// What came of a request. A refusal that is about what was asked for says nothing about the API.
    ///
    /// Requests overtake one another: the longest rest that was asked for counts, and only what was begun after the last
    /// trouble shows that it is over.
    pub(super) fn learn<T>(&self, asked: Asked, answer: &Result<T, Error>) {
        match answer {
            Err(error) if needs_rest(error) => {
                let usual = match error.status() {
                    Some(_) => AFTER_REFUSAL,
                    None => WITHOUT_ANSWER,
                };
                self.rest(error.retry_after().unwrap_or(usual));
            }
            // It never got there.
            Err(error) if error.is_gate() => {}
            _ => self.works(asked),
        }
    }

    fn rest(&self, wait: Duration) {
        let since = Instant::now();
        let mut left = self.left();
        let until = left.map_or(since, |left| left.until).max(since + wait);
        *left = Some(Left { since, until });
    }

    fn works(&self, asked: Asked) {
        let mut left = self.left();
        if left.is_some_and(|left| asked.0 > left.since) {
            *left = None;
        }
    }
}

/// No answer, none that helps, or one that will be the same for everything.
fn needs_rest(error: &Error) -> bool {
    !error.is_gate()
        && (error.is_authentication()
            || error.is_rate_limited()
            || error.status().is_none_or(|status| status >= 500))
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_longest_rest_counts_whichever_was_asked_for_last() {
        let rest = Rest::default();
        rest.rest(SECOND * 60);
        rest.rest(SECOND);
        advance(SECOND * 59).await;
        assert!(!rest.is_over());
        advance(SECOND).await;
        assert!(rest.is_over());
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_was_begun_after_the_trouble_shows_that_it_is_over() {
        let rest = Rest::default();
        let early = rest.ask();
        advance(SECOND).await;
        rest.rest(SECOND * 60);
        rest.learn(early, &Ok(()));
        assert!(!rest.is_over(), "an answer that comes late");
        advance(SECOND).await;
        rest.learn(rest.ask(), &Ok(()));
        assert!(rest.is_over());
    }
}
