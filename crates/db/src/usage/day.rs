//! Days on tenants' calendars.

use chrono::{Datelike as _, Days, Months, NaiveDate, TimeZone as _};
use faxgate_types::{TimeZone, Timestamp};

/// A day in a tenant's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Day {
    pub(super) date: NaiveDate,
    zone: TimeZone,
}

impl Day {
    /// The day that it is at this moment on the zone's calendar.
    #[must_use]
    pub fn of(zone: TimeZone, at: Timestamp) -> Self {
        Self {
            date: zone.local(at).date_naive(),
            zone,
        }
    }

    /// When the next day begins there. Where clocks are put forward at midnight, it begins with the first minute that is.
    #[must_use]
    pub fn ends(self) -> Timestamp {
        let next = self.date.checked_add_days(Days::new(1));
        self.begins(next.unwrap_or(self.date))
    }

    /// When the next month begins there.
    #[must_use]
    pub fn month_ends(self) -> Timestamp {
        let next = self
            .date
            .with_day(1)
            .and_then(|first| first.checked_add_months(Months::new(1)));
        self.begins(next.unwrap_or(self.date))
    }

    /// Its month: `2026-01`.
    #[must_use]
    pub fn month(self) -> String {
        self.date.format("%Y-%m").to_string()
    }

    /// The first and the last day that its month can have, as they are written; in text order all of them are in between.
    pub(super) fn month_bounds(self) -> (String, String) {
        let month = self.month();
        (format!("{month}-01"), format!("{month}-31"))
    }

    /// When this date begins there.
    fn begins(self, date: NaiveDate) -> Timestamp {
        let first = (0..24 * 60).find_map(|minute| {
            let time = date.and_hms_opt(minute / 60, minute % 60, 0)?;
            let zone = self.zone.local(Timestamp::new(time.and_utc())).timezone();
            zone.from_local_datetime(&time).earliest()
        });
        let utc_midnight = date.and_time(chrono::NaiveTime::MIN).and_utc();
        Timestamp::new(first.map_or(utc_midnight, |at| at.with_timezone(&chrono::Utc)))
    }
}

impl std::fmt::Display for Day {
    /// `2026-01-15`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date.format("%Y-%m-%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(zone: &str, at: &str) -> Day {
        Day::of(zone.parse().unwrap(), Timestamp::parse(at).unwrap())
    }

    fn ends(zone: &str, at: &str) -> (String, String) {
        let day = day(zone, at);
        (day.to_string(), day.ends().to_seconds())
    }

    #[test]
    fn a_day_ends_at_midnight_on_the_tenants_clocks() {
        let new_york = ends("America/New_York", "2026-01-15T03:00:00Z");
        assert_eq!(
            new_york,
            ("2026-01-14".to_owned(), "2026-01-15T05:00:00Z".to_owned())
        );
        let istanbul = ends("Europe/Istanbul", "2026-01-15T22:00:00Z");
        assert_eq!(
            istanbul,
            ("2026-01-16".to_owned(), "2026-01-16T21:00:00Z".to_owned())
        );
    }

    /// On 2026-03-08 New York's day has 23 hours; on 2026-04-24 Cairo's begins at one o'clock.
    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        let short = ends("America/New_York", "2026-03-08T12:00:00Z");
        assert_eq!(short.1, "2026-03-09T04:00:00Z");
        let no_midnight = ends("Africa/Cairo", "2026-04-23T12:00:00Z");
        assert_eq!(no_midnight.1, "2026-04-23T22:00:00Z");
    }

    #[test]
    fn a_month_ends_where_the_tenants_next_one_begins() {
        let month = |zone, at| {
            let day = day(zone, at);
            (day.month(), day.month_ends().to_seconds())
        };
        let new_york = month("America/New_York", "2026-03-01T02:00:00Z");
        assert_eq!(
            new_york,
            ("2026-02".to_owned(), "2026-03-01T05:00:00Z".to_owned())
        );
        let end_of_year = month("Europe/Istanbul", "2026-12-31T12:00:00Z");
        assert_eq!(
            end_of_year,
            ("2026-12".to_owned(), "2026-12-31T21:00:00Z".to_owned())
        );
    }
}
