//! Events: what they say, and that nobody on the line can make them say something else.

use std::collections::BTreeMap;

use bytes::Bytes;
use faxgate_esl::{ContentType, Event, JobOutcome};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use proptest::prelude::*;

use crate::transcripts::{all, frames, index, one};

fn events(bytes: &[u8]) -> Vec<Event> {
    frames(bytes)
        .iter()
        .filter(|frame| {
            let kind = frame.content_type();
            matches!(kind, Some(ContentType::EventPlain | ContentType::EventJson))
        })
        .map(|frame| Event::from_frame(frame).unwrap())
        .collect()
}

fn plain(text: &'static str) -> Event {
    Event::from_plain(Bytes::from_static(text.as_bytes())).unwrap()
}

/// The way a call went, from its events alone: the columns of INDEX.tsv.
pub(crate) fn summary(events: &[Event]) -> BTreeMap<&'static str, String> {
    let mut summary = BTreeMap::new();
    for event in events {
        let subclass = event.subclass();
        match (event.name(), subclass.as_deref()) {
            ("BACKGROUND_JOB", _) => {
                let body = String::from_utf8(event.body().to_vec()).unwrap();
                summary.insert("background_job", body.trim_end().to_owned());
            }
            ("CHANNEL_HANGUP_COMPLETE", _) => {
                let cause = event.get("Hangup-Cause").unwrap().into_owned();
                assert_eq!(event.variable("hangup_cause").unwrap(), cause);
                summary.insert("hangup_cause", cause);
            }
            ("CUSTOM", Some("spandsp::txfaxresult" | "spandsp::rxfaxresult")) => {
                for (column, header) in [
                    ("fax_success", "fax-success"),
                    ("fax_result_code", "fax-result-code"),
                    ("fax_result_text", "fax-result-text"),
                    ("pages", "fax-document-transferred-pages"),
                    ("t38", "fax-t38-status"),
                ] {
                    summary.insert(column, event.get(header).unwrap().into_owned());
                }
            }
            _ => {}
        }
    }
    summary
}

/// Conversations of one call, whose summary has one row's worth of results.
pub(crate) fn matches_index(name: &str, events: &[Event]) -> usize {
    let several_calls = [
        "api_status",
        "framing",
        "limit_max_sessions",
        "limit_sps",
        "originate_syntax",
        "duplicate_uuid",
        "kill_ringing",
        "disconnect_1_before",
    ];
    let rows = index();
    let Some(row) = rows.get(name) else {
        return 0;
    };
    if several_calls.contains(&name) {
        return 0;
    }
    let mut compared = 0;
    for (column, value) in summary(events) {
        // The sums leave out what a case is not about; what they hold must agree.
        if let Some(expected) = row.get(column) {
            assert_eq!(&value, expected, "{name}: {column}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn every_recorded_event_reads_as_the_index_says() {
    let mut compared = 0;
    for transcript in all(".plain.raw") {
        let events = events(&transcript.bytes);
        for event in &events {
            assert!(!event.name().is_empty() && event.core_uuid().is_some());
            assert!(event.sequence().is_some() && event.timestamp_micros().is_some());
            assert_eq!(event.name() == "CUSTOM", event.subclass().is_some());
            for (name, value) in event.iter() {
                assert_eq!(event.get(&name).unwrap(), value, "{name}");
            }
        }
        compared += matches_index(&transcript.name, &events);
    }
    assert!(compared > 120, "{compared}");
}

#[test]
fn the_same_call_reads_the_same_in_json() {
    let mut compared = 0;
    for transcript in all(".json.raw") {
        compared += matches_index(&transcript.name, &events(&transcript.bytes));
    }
    assert!(compared >= 9, "{compared}");
    let bytes = one("busy.plain.raw");
    let (plain, json) = (events(&bytes), events(&one("busy.json.raw")));
    assert_eq!(plain.len(), json.len());
    for (plain, json) in plain.iter().zip(&json) {
        assert_eq!(plain.name(), json.name());
        assert_eq!(plain.unique_id(), json.unique_id());
        assert_eq!(plain.body(), json.body());
        let values = |event: &Event| -> BTreeMap<_, _> {
            event
                .iter()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect()
        };
        assert_eq!(values(plain), values(json));
    }
}

#[test]
fn text_beyond_ascii_comes_through_in_both_formats() {
    for file in ["utf8_names.plain.raw", "utf8_names.json.raw"] {
        let events = events(&one(file));
        let found = events.iter().flat_map(Event::iter).any(|(_, value)| {
            value.contains(|letter: char| !letter.is_ascii() && letter.is_alphabetic())
        });
        assert!(found, "{file}");
        let broken = |event: &Event| event.iter().any(|(_, value)| value.contains('\u{fffd}'));
        assert!(!events.iter().any(broken), "{file}");
    }
}

#[test]
fn a_job_tells_its_outcome() {
    let job = |body: &str| {
        let length = body.len();
        let text = format!("Event-Name: BACKGROUND_JOB\nContent-Length: {length}\n\n{body}");
        Event::from_plain(text.into()).unwrap()
    };
    let text = |outcome: Option<JobOutcome<'_>>| format!("{:?}", outcome.unwrap());
    assert_eq!(text(job("+OK abc\n").job_outcome()), r#"Ok("abc")"#);
    assert_eq!(
        text(job("-ERR USER_BUSY\n").job_outcome()),
        r#"Err("USER_BUSY")"#
    );
    assert_eq!(
        text(job("-USAGE: x").job_outcome()),
        r#"Other("-USAGE: x")"#
    );
    assert_eq!(text(job("").job_outcome()), r#"Other("")"#);
    assert_eq!(plain("Event-Name: HEARTBEAT\n\n").job_outcome(), None);
}

#[test]
fn empty_values_and_lists_have_their_own_spelling() {
    let event = plain("a: _undef_\nb: ARRAY%3A%3Ax%7C%3Ay%20z\nc: one\nd: \ne:bare\n\n");
    assert_eq!(event.get("a").unwrap(), "");
    assert_eq!(event.raw("a").unwrap(), b"_undef_");
    assert_eq!(event.array("b").unwrap(), ["x", "y z"]);
    assert_eq!(event.array("c").unwrap(), ["one"]);
    assert_eq!(event.get("d").unwrap(), "");
    assert_eq!(event.get("e").unwrap(), "bare");
    assert_eq!(event.get("f"), None);
    assert_eq!(event.array("f"), None);
}

#[test]
fn names_are_whole_names_and_the_first_counts() {
    let event = plain("x-Unique-ID: no\nUnique-IDs: no\nvalue: Unique-ID: no\nA: 1\nA: 2\n\n");
    assert_eq!(event.get("Unique-ID"), None);
    assert_eq!(event.get("A").unwrap(), "1");
    assert_eq!(event.get("a"), None);
    assert_eq!(event.get("value").unwrap(), "Unique-ID: no");
}

#[test]
fn bytes_that_are_no_event_are_refused() {
    for bad in [
        "",
        "a: b",
        "a: b\n",
        "Content-Length: 3\n\nab",
        "Content-Length: 1\n\nab",
        "Content-Length: 2\n\n",
        "Content-Length: x\n\nab",
        "a: b\n\nbody without a length",
        "Content-Length: 1\na: b\n\nab",
    ] {
        assert!(
            Event::from_plain(Bytes::from_static(bad.as_bytes())).is_err(),
            "{bad:?}"
        );
    }
    let early = plain("Content-Length: 2\na: b\n\nab");
    assert_eq!(early.body(), "ab");
    for bad in [
        "",
        "{",
        "[]",
        "1",
        r#"{"a":1}"#,
        r#"{"a":{}}"#,
        r#"{"a\n":"b"}"#,
        r#"{"a:":"b"}"#,
    ] {
        assert!(Event::from_json(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

#[test]
fn json_may_hold_lists_and_bytes_that_are_not_utf8() {
    let event =
        Event::from_json(b"{\"a\":[\"x\",\"y\"],\"b\":\"\xff\\n%0A\",\"_body\":\"all\"}").unwrap();
    assert_eq!(event.array("a").unwrap(), ["x", "y"]);
    assert_eq!(event.get("b").unwrap(), "\u{fffd}\n%0A");
    assert_eq!(event.body(), "all");
    assert_eq!(event.compact(), event);
}

/// What FreeSWITCH's encoder leaves as it is does not matter here, only that line ends are never bare.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%').add(b':').add(b'|');

proptest! {
    #[test]
    fn no_value_can_forge_a_header(value in "(?s)(.|\n|%0A|%0D%0A|variable_fax_success: 1|Content-Length: 3){0,12}") {
        let encoded = utf8_percent_encode(&value, ENCODED);
        let text = format!("Event-Name: CUSTOM\nremote: {encoded}\nvariable_fax_success: 0\n\n");
        let event = Event::from_plain(text.into()).unwrap();
        prop_assert_eq!(event.variable("fax_success").unwrap(), "0");
        prop_assert_eq!(event.iter().count(), 3);
        prop_assert!(event.body().is_empty());
        let expected = if value == "_undef_" { "" } else { &value };
        prop_assert_eq!(event.get("remote").unwrap(), expected);
        let json = serde_json::json!({ "remote": value, "variable_fax_success": "0" });
        let event = Event::from_json(json.to_string().as_bytes()).unwrap();
        prop_assert_eq!(event.variable("fax_success").unwrap(), "0");
        prop_assert_eq!(event.get("remote").unwrap(), expected);
        prop_assert_eq!(event.iter().count(), 2);
    }
}
