//! The hours in which faxes may be sent, on the recipient's clock.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{Datelike as _, NaiveTime, Timelike as _, Weekday};

use crate::time::Timestamp;
use crate::zone::TimeZone;

const DAY: u16 = 24 * 60;
/// Within this every window has opened once, however the clocks are put.
const HORIZON: Duration = Duration::from_secs(9 * 24 * 3600);
/// The clocks are never put by more than this at once.
const MOST_SHIFT: u32 = 4 * 60;

/// Days of the week, and hours on them: `Mon-Fri 08:00-18:00`, `Sat,Sun 10:00-14:00`, `Mon-Sun 22:00-06:00`.
///
/// The end is not included; `24:00` is the end of the day. Hours that wrap around belong to the day on which they
/// begin. A window opens and closes by what the recipient's clock shows, so that a clock put forward or back moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingWindow {
    /// Bit 0 is Monday.
    days: u8,
    /// Minutes since midnight.
    from: u16,
    to: u16,
}

/// A text that is no sending window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a sending window; write days and hours such as `Mon-Fri 08:00-18:00`")]
pub struct BadWindow(String);

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Mon),
    ("Tue", Weekday::Tue),
    ("Wed", Weekday::Wed),
    ("Thu", Weekday::Thu),
    ("Fri", Weekday::Fri),
    ("Sat", Weekday::Sat),
    ("Sun", Weekday::Sun),
];

impl SendingWindow {
    /// Whether the window is open now for a number that is in one of `zones`; if not, when it opens next.
    ///
    /// See [`open_at`], which takes several windows.
    ///
    /// # Errors
    /// The time when it opens.
    pub fn open_at(self, zones: &[TimeZone], now: Timestamp) -> Result<(), Timestamp> {
        open_at(&[self], zones, now)
    }

    fn covers(self, day: Weekday) -> bool {
        self.days & (1 << day.num_days_from_monday()) != 0
    }

    /// Minutes on the clock until the window is open; 0 when it is.
    fn minutes_until_open(self, day: Weekday, minute: u16) -> u32 {
        let wraps = self.to <= self.from;
        let in_evening = minute >= self.from && (wraps || minute < self.to);
        let in_morning = wraps && minute < self.to;
        if (in_evening && self.covers(day)) || (in_morning && self.covers(day.pred())) {
            return 0;
        }
        let mut at = day;
        for ahead in 0..=7_u32 {
            let begins = ahead * u32::from(DAY) + u32::from(self.from);
            if self.covers(at) && begins > u32::from(minute) {
                return begins - u32::from(minute);
            }
            at = at.succ();
        }
        // There is at least one day.
        u32::from(DAY)
    }
}

/// Whether one of the windows is open now for a number that is in one of `zones`; if not, when next.
///
/// No windows are open always; no zones count as UTC. A number that may be in several zones is called only when a
/// window is open in all of them; when that is never the case, when one is open in any of them.
///
/// # Errors
/// The time when a window opens, to the minute.
pub fn open_at(
    windows: &[SendingWindow],
    zones: &[TimeZone],
    now: Timestamp,
) -> Result<(), Timestamp> {
    if windows.is_empty() {
        return Ok(());
    }
    let zones = if zones.is_empty() {
        &[TimeZone::UTC]
    } else {
        zones
    };
    let opens = first_open_in_all(windows, zones, now).unwrap_or_else(|| {
        let each = zones.iter().map(|zone| next_open(windows, *zone, now));
        each.min().unwrap_or(now)
    });
    if opens <= now { Ok(()) } else { Err(opens) }
}

fn first_open_in_all(
    windows: &[SendingWindow],
    zones: &[TimeZone],
    now: Timestamp,
) -> Option<Timestamp> {
    let mut at = now;
    while at < now + HORIZON {
        let opens = zones
            .iter()
            .map(|zone| next_open(windows, *zone, at))
            .max()?;
        if opens <= at {
            return Some(at);
        }
        at = opens;
    }
    None
}

/// `at`, or the minute after it when the first window opens on this zone's clock.
fn next_open(windows: &[SendingWindow], zone: TimeZone, at: Timestamp) -> Timestamp {
    let mut at = at;
    loop {
        let local = zone.local(at);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0);
        let wait = windows
            .iter()
            .map(|window| window.minutes_until_open(local.weekday(), minute))
            .min()
            .unwrap_or(0);
        if wait == 0 {
            return at;
        }
        let this_minute = at - into_the_minute(&local);
        let then = this_minute + minutes(wait);
        let steady = zone.offset_seconds(then) == zone.offset_seconds(at);
        // The clock is put in between: come close, and then go minute by minute.
        let step = match wait {
            _ if steady => wait,
            far if far > MOST_SHIFT => far - MOST_SHIFT,
            _ => 1,
        };
        at = this_minute + minutes(step);
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

fn into_the_minute(local: &impl chrono::Timelike) -> Duration {
    let seconds = u64::from(local.second());
    Duration::from_secs(seconds) + Duration::from_nanos(u64::from(local.nanosecond()))
}

impl FromStr for SendingWindow {
    type Err = BadWindow;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| BadWindow(text.chars().take(60).collect()))
    }
}

fn parse(text: &str) -> Option<SendingWindow> {
    let (days, hours) = text.trim().rsplit_once(' ')?;
    let mut set = 0;
    for part in days.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let mut at = first;
        loop {
            set |= 1 << at.num_days_from_monday();
            if at == last {
                break;
            }
            at = at.succ();
        }
    }
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from != to && from < DAY).then_some(SendingWindow {
        days: set,
        from,
        to,
    })
}

fn day(name: &str) -> Option<Weekday> {
    let name = name.trim();
    DAYS.iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(name))
        .map(|(_, day)| *day)
}

fn minute(text: &str) -> Option<u16> {
    if text == "24:00" {
        return Some(DAY);
    }
    let shaped = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let time = NaiveTime::parse_from_str(text, "%H:%M")
        .ok()
        .filter(|_| shaped)?;
    u16::try_from(time.hour() * 60 + time.minute()).ok()
}

impl fmt::Display for SendingWindow {
    /// Days in the order of the week, neighbours joined: `Mon-Wed,Fri 08:00-18:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let mut at = 0;
        while at < DAYS.len() {
            let run = DAYS[at..]
                .iter()
                .take_while(|(_, day)| self.covers(*day))
                .count();
            match run {
                0 => at += 1,
                _ => {
                    let (first, last) = (DAYS[at].0, DAYS[at + run - 1].0);
                    match run {
                        1 => write!(f, "{comma}{first}")?,
                        _ => write!(f, "{comma}{first}-{last}")?,
                    }
                    comma = ",";
                    at += run;
                }
            }
        }
        let (from, to) = (self.from, self.to);
        write!(
            f,
            " {:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

impl serde::Serialize for SendingWindow {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for SendingWindow {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::state::from_text(from)
    }
}

#[cfg(test)]
mod tests;
