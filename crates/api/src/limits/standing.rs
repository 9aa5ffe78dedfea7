//! Where a caller stands with a quota, and the headers that say so.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use faxgate_core::Error;
use faxgate_types::Timestamp;

/// Where a caller stands with a quota, after the request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The quota.
    pub(crate) limit: u32,
    /// What is left of it.
    pub(crate) remaining: u32,
    /// When it is full again.
    pub(crate) full_in: Duration,
    /// The request is refused; when the next one is let through.
    pub(crate) wait: Option<Duration>,
}

impl Standing {
    /// With a quota of which nothing was used.
    pub(crate) fn untouched(limit: u32) -> Self {
        Self {
            limit,
            remaining: limit,
            full_in: Duration::ZERO,
            wait: None,
        }
    }

    /// The 429, when the request is refused.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.wait.map(|wait| {
            let seconds = whole_seconds(wait);
            Error::rate_limited(
                "RATE_LIMITED",
                format!("too many requests; try again in {seconds} s"),
            )
            .retry_after(wait)
        })
    }

    /// Writes `X-RateLimit-Limit`, `-Remaining` and `-Reset` (the Unix second when the quota is full again).
    pub(crate) fn write(&self, now: Timestamp, headers: &mut HeaderMap) {
        let reset = (now + self.full_in).unix_micros();
        let reset = reset.div_euclid(1_000_000) + i64::from(reset.rem_euclid(1_000_000) > 0);
        for (name, value) in [
            ("x-ratelimit-limit", HeaderValue::from(self.limit)),
            ("x-ratelimit-remaining", HeaderValue::from(self.remaining)),
            ("x-ratelimit-reset", HeaderValue::from(reset)),
        ] {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Seconds, rounded up, at least one: what `Retry-After` says.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reset_is_the_first_whole_second_at_which_the_quota_is_full() {
        let standing = Standing {
            limit: 100,
            remaining: 95,
            full_in: Duration::from_millis(180_000),
            wait: None,
        };
        let mut headers = HeaderMap::new();
        standing.write(
            Timestamp::parse("2023-09-04T22:10:00.000001Z").unwrap(),
            &mut headers,
        );
        assert_eq!(headers.get("X-RateLimit-Limit").unwrap(), "100");
        assert_eq!(headers.get("X-RateLimit-Remaining").unwrap(), "95");
        assert_eq!(headers.get("X-RateLimit-Reset").unwrap(), "1693865581");
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(whole_seconds(Duration::from_nanos(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(35_001)), 36);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }
}
