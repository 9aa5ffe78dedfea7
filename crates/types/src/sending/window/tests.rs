//! Windows, held against the clocks.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn zones(names: &str) -> Vec<TimeZone> {
    names.split(' ').map(|name| name.parse().unwrap()).collect()
}

fn opens(window: &str, names: &str, now: &str) -> String {
    let window: SendingWindow = window.parse().unwrap();
    match window.open_at(&zones(names), at(now)) {
        Ok(()) => "open".to_owned(),
        Err(next) => next.to_seconds(),
    }
}

#[test]
fn a_window_reads_back() {
    for (text, written) in [
        ("Mon-Fri 08:00-18:00", "Mon-Fri 08:00-18:00"),
        ("sat, sun 10:00-24:00", "Sat-Sun 10:00-24:00"),
        ("Fri-Mon 22:00-06:00", "Mon,Fri-Sun 22:00-06:00"),
    ] {
        assert_eq!(text.parse::<SendingWindow>().unwrap().to_string(), written);
    }
    for text in [
        "",
        "08:00-18:00",
        "Mon-Fri",
        "Mon-Fri 8:00-18:00",
        "Mon-Fri 08:00-25:00",
        "Mon-Fri 08:00-08:00",
        "Mon-Fri 24:00-08:00",
        "Mon-Foo 08:00-18:00",
    ] {
        assert!(text.parse::<SendingWindow>().is_err(), "{text}");
    }
}

#[test]
fn working_hours_are_the_recipients() {
    let hours = "Mon-Fri 08:00-18:00";
    // A Thursday in winter.
    assert_eq!(
        opens(hours, "America/New_York", "2026-01-15T13:00:00Z"),
        "open"
    );
    assert_eq!(
        opens(hours, "America/New_York", "2026-01-15T12:59:59Z"),
        "2026-01-15T13:00:00Z"
    );
    assert_eq!(
        opens(hours, "Asia/Tokyo", "2026-01-15T13:00:00Z"),
        "2026-01-15T23:00:00Z"
    );
    // From Friday evening to Monday.
    assert_eq!(
        opens(hours, "Europe/Berlin", "2026-01-16T17:00:30Z"),
        "2026-01-19T07:00:00Z"
    );
}

#[test]
fn hours_that_wrap_around_belong_to_the_day_on_which_they_begin() {
    let night = "Fri 22:00-06:00";
    assert_eq!(opens(night, "UTC", "2026-01-17T05:59:59Z"), "open");
    assert_eq!(
        opens(night, "UTC", "2026-01-17T06:00:00Z"),
        "2026-01-23T22:00:00Z"
    );
    assert_eq!(
        opens(night, "UTC", "2026-01-16T05:00:00Z"),
        "2026-01-16T22:00:00Z"
    );
}

#[test]
fn several_zones_must_all_be_open() {
    let hours = "Mon-Fri 08:00-18:00";
    let both = "America/New_York America/Los_Angeles";
    assert_eq!(
        opens(hours, both, "2026-01-15T13:00:00Z"),
        "2026-01-15T16:00:00Z"
    );
    assert_eq!(opens(hours, both, "2026-01-15T22:59:00Z"), "open");
    assert_eq!(
        opens(hours, both, "2026-01-15T23:00:00Z"),
        "2026-01-16T16:00:00Z"
    );
    // Hours that no two of them share: then in any.
    let far = "Pacific/Auckland Europe/Lisbon";
    assert_eq!(
        opens("Mon-Sun 09:00-12:00", far, "2026-01-15T09:00:00Z"),
        "open"
    );
    assert_eq!(
        opens("Mon-Sun 09:00-12:00", far, "2026-01-15T12:00:00Z"),
        "2026-01-15T20:00:00Z"
    );
}

#[test]
fn a_clock_that_is_put_moves_the_window() {
    let hours = "Sun 08:00-18:00";
    // New York puts its clocks forward on 2026-03-08, and back on 2026-11-01.
    assert_eq!(
        opens(hours, "America/New_York", "2026-03-08T00:00:00Z"),
        "2026-03-08T12:00:00Z"
    );
    assert_eq!(
        opens(hours, "America/New_York", "2026-11-01T00:00:00Z"),
        "2026-11-01T13:00:00Z"
    );
    // A beginning that the clock skips: as soon as it shows more.
    assert_eq!(
        opens(
            "Sun 02:30-05:00",
            "America/New_York",
            "2026-03-08T05:00:00Z"
        ),
        "2026-03-08T07:00:00Z"
    );
}

#[test]
fn without_windows_it_is_always_open_and_without_zones_it_is_utc() {
    assert_eq!(open_at(&[], &[], at("2026-01-17T03:00:00Z")), Ok(()));
    let window: SendingWindow = "Sat 03:00-04:00".parse().unwrap();
    assert_eq!(window.open_at(&[], at("2026-01-17T03:00:00Z")), Ok(()));
}

/// The same by looking at every clock, minute by minute.
fn by_looking(windows: &[SendingWindow], zones: &[TimeZone], now: Timestamp) -> Timestamp {
    let open = |zone: &TimeZone, at: Timestamp| {
        let local = zone.local(at);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
        windows.iter().any(|w| {
            let (day, before) = (w.covers(local.weekday()), w.covers(local.weekday().pred()));
            if w.from < w.to {
                day && (w.from..w.to).contains(&minute)
            } else {
                (day && minute >= w.from) || (before && minute < w.to)
            }
        })
    };
    let minutes: Vec<Timestamp> = std::iter::once(now)
        .chain((1..9 * 24 * 60).map(|m| {
            let at = now + minutes(m);
            at - into_the_minute(&at.datetime())
        }))
        .collect();
    let all = minutes
        .iter()
        .find(|at| zones.iter().all(|zone| open(zone, **at)));
    let any = minutes
        .iter()
        .find(|at| zones.iter().any(|zone| open(zone, **at)));
    *all.or(any).unwrap()
}

fn window() -> impl Strategy<Value = SendingWindow> {
    let days = prop_oneof![1..128_u8, Just(0b1_1111), Just(0b111_1111)];
    (days, 0..96_u16, 1..96_u16).prop_map(|(days, from, length)| SendingWindow {
        days,
        from: from * 15,
        to: ((from + length) * 15 - 1) % DAY + 1,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_opens_exactly_when_the_clocks_say_so(
        windows in proptest::collection::vec(window(), 1..3),
        zones in proptest::sample::subsequence(
            zones("America/New_York America/Los_Angeles Europe/Berlin Australia/Lord_Howe Pacific/Chatham Asia/Tokyo"),
            1..4,
        ),
        // Over two years; a good part of them near a night in which New York or Berlin put their clocks.
        base in prop_oneof![
            1_767_225_600..1_830_000_000_i64,
            1_772_841_600..1_773_014_400_i64,
            1_793_059_200..1_793_664_000_i64,
        ],
    ) {
        let now = Timestamp::from_unix_micros(base * 1_000_000).unwrap();
        let expected = by_looking(&windows, &zones, now);
        let found = match open_at(&windows, &zones, now) {
            Ok(()) => now,
            Err(next) => next,
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_window_reads_back(window in window()) {
        prop_assert_eq!(window.to_string().parse(), Ok(window));
    }
}
