//! From one day to another.

use chrono::{Days, NaiveDate};

use super::Day;

/// At most so many days: ten years.
const MOST_DAYS: i64 = 3_660;
/// So many days lie before the last one when nobody says where it begins.
const USUAL_DAYS: u64 = 30;

/// Days of a calendar, from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: NaiveDate,
    to: NaiveDate,
}

/// Texts that are no [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct NoSpan {
    /// `from` or `to`.
    pub field: &'static str,
    /// What is wrong there, as the end of a sentence.
    pub problem: &'static str,
}

impl Span {
    /// Reads two dates such as `2026-01-15`. Without `to`, until today; without `from`, the 31 days up to `to`.
    ///
    /// # Errors
    /// When one is no date, they are the wrong way round, or more than ten years lie between them.
    pub fn read(from: Option<&str>, to: Option<&str>, today: Day) -> Result<Self, NoSpan> {
        let wrong = |field, problem| NoSpan { field, problem };
        let date =
            |field, text| date(text).ok_or(wrong(field, "must be a date such as 2026-01-15"));
        let to = to.map_or(Ok(today.date), |to| date("to", to))?;
        let from = match from {
            Some(from) => date("from", from)?,
            None => to.checked_sub_days(Days::new(USUAL_DAYS)).unwrap_or(to),
        };
        if from > to {
            return Err(wrong("from", "must not be after to"));
        }
        if (to - from).num_days() >= MOST_DAYS {
            return Err(wrong("from", "must be within ten years before to"));
        }
        Ok(Self { from, to })
    }

    /// The first day, `YYYY-MM-DD`.
    #[must_use]
    pub fn from(&self) -> String {
        self.from.format("%Y-%m-%d").to_string()
    }

    /// The last day, `YYYY-MM-DD`.
    #[must_use]
    pub fn to(&self) -> String {
        self.to.format("%Y-%m-%d").to_string()
    }
}

/// A date of ten characters, and nothing else that a parser might take.
fn date(text: &str) -> Option<NaiveDate> {
    let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let parsed = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    parsed.filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_what_is_none_is_named() {
        let now = faxgate_types::Timestamp::parse("2026-03-02T12:00:00Z").unwrap();
        let today = Day::of("Europe/Berlin".parse().unwrap(), now);
        let read = |from, to| {
            let span = Span::read(from, to, today);
            span.map(|span| (span.from(), span.to()))
                .map_err(|wrong| wrong.field)
        };
        let days = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(read(None, None), days("2026-01-31", "2026-03-02"));
        let leap = read(Some("2024-02-29"), Some("2024-02-29"));
        assert_eq!(leap, days("2024-02-29", "2024-02-29"));
        for wrong in ["2026-02-29", "2026-1-15", "+2026-01-1", "yesterday", ""] {
            assert_eq!(read(Some(wrong), None), Err("from"), "{wrong}");
            assert_eq!(read(None, Some(wrong)), Err("to"), "{wrong}");
        }
        assert_eq!(read(Some("2026-03-03"), None), Err("from"));
        assert_eq!(read(Some("2016-01-01"), None), Err("from"));
    }
}
