//! Telnyx' rate limit, as its answers tell of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

/// Nobody is made to wait for longer than a day, whatever a header says.
const LONGEST_SECONDS: u64 = 86_400;

/// The headers `x-ratelimit-limit`, `-remaining` and `-reset` of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// Until the next window.
    pub reset: Option<Duration>,
}

impl RateLimit {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            limit: number(headers, "x-ratelimit-limit"),
            remaining: number(headers, "x-ratelimit-remaining"),
            reset: number(headers, "x-ratelimit-reset").map(seconds),
        }
    }
}

/// How long an answer asks to wait: `Retry-After` in seconds or as a date (against the answer's own `Date`), else
/// `x-ratelimit-reset`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, RETRY_AFTER.as_str())
        .map(seconds)
        .or_else(|| {
            let until = date(headers, RETRY_AFTER.as_str())?;
            until.duration_since(date(headers, DATE.as_str())?).ok()
        })
        .or_else(|| RateLimit::of(headers).reset)
        .map(|wait| wait.min(Duration::from_secs(LONGEST_SECONDS)))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(LONGEST_SECONDS))
}

/// The whole number that a header starts with.
fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    let end = text
        .find(|one: char| !one.is_ascii_digit())
        .unwrap_or(text.len());
    // A date is no number, and neither is one that goes on in letters.
    match text[end..].chars().next() {
        None | Some('.' | ',' | ';' | ' ') => text[..end].parse().ok(),
        Some(_) => None,
    }
}

fn date(headers: &HeaderMap, name: &str) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

/// What the client's clones share about the limit.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    last: RateLimit,
    closed_until: Option<Instant>,
}

impl Limiter {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an answer's headers. Answers without them leave all as it was.
    pub(crate) fn observe(&self, headers: &HeaderMap, now: Instant) {
        let seen = RateLimit::of(headers);
        let Some(remaining) = seen.remaining else {
            return;
        };
        let mut state = self.lock();
        state.last = seen;
        state.closed_until = match seen.reset {
            Some(reset) if remaining == 0 => now.checked_add(reset),
            _ => None,
        };
    }

    /// How long there is nothing left, from `now`.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        let closed_until = self.lock().closed_until;
        closed_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    pub(crate) fn last(&self) -> RateLimit {
        self.lock().last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_left_closes_until_the_window_ends() {
        let limiter = Limiter::default();
        assert_eq!(limiter.wait(Instant::now()), Duration::ZERO);

        let none_left = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "3")]);
        limiter.observe(&none_left, Instant::now());
        assert_eq!(limiter.wait(Instant::now()), Duration::from_secs(3));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(limiter.wait(Instant::now()), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(limiter.wait(Instant::now()), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_with_some_left_opens_again_and_one_without_headers_says_nothing() {
        let limiter = Limiter::default();
        let none_left = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")]);
        limiter.observe(&none_left, Instant::now());
        limiter.observe(&HeaderMap::new(), Instant::now());
        assert_eq!(limiter.wait(Instant::now()), Duration::from_secs(60));

        let some_left = headers(&[("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "60")]);
        limiter.observe(&some_left, Instant::now());
        assert_eq!(limiter.wait(Instant::now()), Duration::ZERO);
        assert_eq!(limiter.last().remaining, Some(5));
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_and_wins_over_the_reset() {
        let seconds = headers(&[("retry-after", "7"), ("x-ratelimit-reset", "60")]);
        assert_eq!(retry_after(&seconds), Some(Duration::from_secs(7)));
        let until = headers(&[
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"),
        ]);
        assert_eq!(retry_after(&until), Some(Duration::from_secs(30)));
        let reset = headers(&[("retry-after", "soon"), ("x-ratelimit-reset", "60")]);
        assert_eq!(retry_after(&reset), Some(Duration::from_secs(60)));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn absurd_headers_ask_for_a_day_at_most_or_for_nothing() {
        let day = Some(Duration::from_secs(86_400));
        let absurd = headers(&[("retry-after", "18446744073709551615")]);
        assert_eq!(retry_after(&absurd), day);
        let beyond = headers(&[("retry-after", "99999999999999999999999")]);
        assert_eq!(retry_after(&beyond), None);
        let list = headers(&[("x-ratelimit-limit", "100, 100;w=60")]);
        assert_eq!(RateLimit::of(&list).limit, Some(100));
    }
}
