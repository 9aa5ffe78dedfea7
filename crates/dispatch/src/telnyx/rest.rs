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
pub(super) struct Rest(Mutex<Option<Instant>>);

impl Rest {
    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Whether it may be asked.
    pub(super) fn is_over(&self) -> bool {
        self.until().is_none_or(|until| Instant::now() >= until)
    }

    /// What came of a request. A refusal that is about what was asked for says nothing about the API.
    pub(super) fn learn<T>(&self, answer: &Result<T, Error>) {
        let rest = match answer {
            Err(error) if needs_rest(error) => {
                let usual = match error.status() {
                    Some(_) => AFTER_REFUSAL,
                    None => WITHOUT_ANSWER,
                };
                Some(Instant::now() + error.retry_after().unwrap_or(usual))
            }
            _ => None,
        };
        *self.until() = rest;
    }
}

/// No answer, none that helps, or one that will be the same for everything.
fn needs_rest(error: &Error) -> bool {
    !error.is_gate()
        && (error.is_authentication()
            || error.is_rate_limited()
            || error.status().is_none_or(|status| status >= 500))
}
