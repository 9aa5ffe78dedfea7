//! Time zones, for header lines.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Offset as _};
use chrono_tz::Tz;

use crate::time::Timestamp;

/// A time zone by its IANA name, such as `Europe/Istanbul`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(Tz);

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone; use an IANA name such as America/New_York")]
pub struct UnknownTimeZone(String);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The time on the zone's clocks.
    #[must_use]
    pub fn local(self, at: Timestamp) -> DateTime<Tz> {
        at.datetime().with_timezone(&self.0)
    }

    /// Seconds by which the zone's clocks are ahead of UTC.
    #[must_use]
    pub fn offset_seconds(self, at: Timestamp) -> i32 {
        self.local(at).offset().fix().local_minus_utc()
    }

    /// The zone as it is at one moment, in POSIX form (`UTC-3`, `UTC+5:30`; POSIX counts west of Greenwich as positive).
    ///
    /// `spandsp` knows only POSIX zones. A call is short, so the offset of its beginning serves for all of it.
    #[must_use]
    pub fn posix_at(self, at: Timestamp) -> String {
        let east = self.offset_seconds(at);
        let sign = if east > 0 { '-' } else { '+' };
        let (hours, minutes) = (east.abs() / 3600, east.abs() % 3600 / 60);
        match minutes {
            0 => format!("UTC{sign}{hours}"),
            _ => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse()
            .map(Self)
            .map_err(|_| UnknownTimeZone(name.chars().take(40).collect()))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_written_as_its_offset_at_that_moment() {
        let posix = |zone: &str, at: &str| {
            zone.parse::<TimeZone>()
                .unwrap()
                .posix_at(Timestamp::parse(at).unwrap())
        };
        assert_eq!(posix("America/New_York", "2026-01-15T12:00:00Z"), "UTC+5");
        assert_eq!(posix("America/New_York", "2026-07-15T12:00:00Z"), "UTC+4");
        assert_eq!(posix("Europe/Istanbul", "2026-07-15T12:00:00Z"), "UTC-3");
        assert_eq!(posix("Asia/Kolkata", "2026-07-15T12:00:00Z"), "UTC-5:30");
        assert_eq!(posix("UTC", "2026-07-15T12:00:00Z"), "UTC+0");
        assert!("Mars/Olympus".parse::<TimeZone>().is_err());
    }
}
