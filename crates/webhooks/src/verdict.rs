//! What an answer means.

/// What an answer's status means for a delivery and its endpoint (Standard Webhooks, "Operational considerations").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 2xx: it is there.
    Delivered,
    /// 410: nobody is there any more; nothing is to be sent to the endpoint.
    Gone,
    /// 429, 502, 503, 504: too much just now; the endpoint is left alone for a while.
    Throttled,
    /// Anything else, redirects too: try again later.
    Failed,
}

impl Verdict {
    /// What a status means.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            429 | 502..=504 => Self::Throttled,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_a_failure() {
        for status in [100, 199, 300, 301, 302, 307, 308, 400, 404, 500, 501, 505] {
            assert_eq!(Verdict::of(status), Verdict::Failed, "{status}");
        }
        assert_eq!(Verdict::of(204), Verdict::Delivered);
        assert_eq!(Verdict::of(410), Verdict::Gone);
        assert_eq!(Verdict::of(503), Verdict::Throttled);
    }
}
