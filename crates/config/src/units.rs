//! Numbers that know their unit.

use std::num::NonZeroU32;
use std::time::Duration;

/// A length of time in whole seconds, at most a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub(crate) u64);

impl Seconds {
    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// As a duration.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Milliseconds(pub(crate) u64);

impl Milliseconds {
    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// As a duration.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

/// A number of days to keep something; 0 keeps it for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub(crate) u32);

impl Days {
    /// The number of days; `None` for "keep for ever".
    #[must_use]
    pub const fn get(self) -> Option<u32> {
        match self.0 {
            0 => None,
            days => Some(days),
        }
    }
}

/// Requests allowed in a rate limit's window; 0 switches the limit off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(pub(crate) u32);

impl Quota {
    /// The number of requests; `None` when there is no limit.
    #[must_use]
    pub const fn get(self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.0)
    }
}
