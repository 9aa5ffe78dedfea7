//! `Retry-After` (RFC 9110, 10.2.3).

use std::time::{Duration, SystemTime};

/// How long a receiver asks to be left alone: seconds, or the time of a date. `now`: seconds since 1970. `None`: it cannot be read.
#[must_use]
pub fn retry_after(value: &str, now: i64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are more than anybody will wait.
        return Some(Duration::from_secs(
            value.parse().unwrap_or(u64::from(u32::MAX)),
        ));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap_or(0));
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        // Fri, 15 Jan 2027 08:00:00 GMT
        let now = 1_800_000_000;
        let read = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("Fri, 15 Jan 2027 08:01:00 GMT"), Some(60));
        assert_eq!(read("Fri, 15 Jan 2027 07:59:00 GMT"), Some(0));
        assert_eq!(read("99999999999999999999999"), Some(u64::from(u32::MAX)));
        for wrong in ["", "soon", "-5", "1.5", "+5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(value in ".{0,60}", now: i64) {
            let _ = retry_after(&value, now);
        }
    }
}
