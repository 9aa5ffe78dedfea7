//! Points in time, in UTC, to the microsecond.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// A point in time in UTC, kept to the microsecond: what both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Takes a chrono time, cutting what is finer than a microsecond.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The time as chrono has it.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The time that lies `micros` microseconds after 1970; `None` beyond chrono's years.
    #[must_use]
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// `2025-08-24T10:31:45Z`: RFC 3339 to the second, as the REST API writes times.
    #[must_use]
    pub fn to_seconds(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }

    /// Reads RFC 3339, with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| Self::new(at.with_timezone(&Utc)))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// Later by `by`; stays at the last representable time instead of overflowing.
    fn add(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self::new(
            self.0
                .checked_add_signed(by)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    /// Earlier by `by`; stays at the first representable time instead of overflowing.
    fn sub(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self::new(
            self.0
                .checked_sub_signed(by)
                .unwrap_or(DateTime::<Utc>::MIN_UTC),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_times_have_whole_seconds_and_a_z() {
        let at = Timestamp::parse("2025-08-24T12:31:45.678901+02:00").unwrap();
        assert_eq!(at.to_seconds(), "2025-08-24T10:31:45Z");
        assert_eq!(at.to_string(), "2025-08-24T10:31:45.678901Z");
    }

    #[test]
    fn adding_for_ever_stays_in_range() {
        let at = Timestamp::from_unix_micros(0).unwrap();
        assert!(at + Duration::MAX > at);
        assert!(at - Duration::MAX < at);
    }
}
