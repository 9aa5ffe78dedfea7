//! What tenants used of the lines, by day.

use chrono::{Days, NaiveDate, TimeZone as _};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, TimeZone, Timestamp};

use crate::column::Word;
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::usage_days as days;
use crate::tx::Tx;

/// What was used: on a day, or by a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls.
    pub attempts: u64,
    /// Seconds on the line.
    pub line_seconds: u64,
    /// What it cost, in millionths of the currency.
    pub cost: u64,
}

/// A day in a tenant's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Day {
    date: NaiveDate,
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
        let next = self
            .date
            .checked_add_days(Days::new(1))
            .unwrap_or(self.date);
        let first = (0..24 * 60).find_map(|minute| {
            let time = next.and_hms_opt(minute / 60, minute % 60, 0)?;
            let zone = self.zone.local(Timestamp::new(time.and_utc())).timezone();
            zone.from_local_datetime(&time).earliest()
        });
        let utc_midnight = next.and_time(chrono::NaiveTime::MIN).and_utc();
        Timestamp::new(first.map_or(utc_midnight, |at| at.with_timezone(&chrono::Utc)))
    }
}

impl std::fmt::Display for Day {
    /// `2026-01-15`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date.format("%Y-%m-%d"))
    }
}

/// Adds what a call used, in the transaction that settles it. Calls for test faxes use nothing.
///
/// # Errors
/// When the query fails.
pub async fn add(tx: &mut Tx, tenant: TenantId, day: Day, used: Usage) -> DbResult<()> {
    let [attempts, line_seconds, cost] = [used.attempts, used.line_seconds, used.cost].map(signed);
    on_either!(tx, conn => {
        diesel::insert_into(days::table)
            .values((
                days::tenant_id.eq(Word(tenant)),
                days::day.eq(day.to_string()),
                days::attempts.eq(attempts),
                days::line_seconds.eq(line_seconds),
                days::cost.eq(cost),
            ))
            .on_conflict((days::tenant_id, days::day))
            .do_update()
            .set((
                days::attempts.eq(days::attempts + attempts),
                days::line_seconds.eq(days::line_seconds + line_seconds),
                days::cost.eq(days::cost + cost),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// What the tenant used on a day.
///
/// # Errors
/// When the query fails.
pub async fn of_day(tx: &mut Tx, tenant: TenantId, day: Day) -> DbResult<Usage> {
    let found: Option<(i64, i64, i64)> = on_either!(tx, conn => {
        days::table
            .find((Word(tenant), day.to_string()))
            .select((days::attempts, days::line_seconds, days::cost))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(usage).unwrap_or_default())
}

/// What the tenant used on each of the latest days on which it used anything, as `YYYY-MM-DD`, latest first.
///
/// # Errors
/// When the query fails.
pub async fn latest(tx: &mut Tx, tenant: TenantId, limit: i64) -> DbResult<Vec<(String, Usage)>> {
    let rows: Vec<(String, (i64, i64, i64))> = on_either!(tx, conn => {
        days::table
            .filter(days::tenant_id.eq(Word(tenant)))
            .select((days::day, (days::attempts, days::line_seconds, days::cost)))
            .order(days::day.desc())
            .limit(limit)
            .load(conn)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(day, row)| (day, usage(row)))
        .collect())
}

fn usage((attempts, line_seconds, cost): (i64, i64, i64)) -> Usage {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Usage {
        attempts: count(attempts),
        line_seconds: count(line_seconds),
        cost: count(cost),
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(zone: &str, at: &str) -> (String, String) {
        let day = Day::of(zone.parse().unwrap(), Timestamp::parse(at).unwrap());
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
}
