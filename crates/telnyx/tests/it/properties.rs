//! Hostile text never panics, and what is written is what is read.

use faxgate_telnyx::webhook::{Event, Verifier};
use faxgate_telnyx::{ClientState, DisplayName, Fax, FaxStatus, List, Number};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// Any JSON, three levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

const FIELDS: &[&str] = &[
    "fax_id",
    "connection_id",
    "direction",
    "from",
    "to",
    "caller_id",
    "client_state",
    "status",
    "failure_reason",
    "page_count",
    "partial_content",
    "call_duration_secs",
    "media_url",
    "user_id",
];

proptest! {
    #[test]
    fn any_bytes_are_an_event_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = Event::parse(&bytes);
    }

    #[test]
    fn an_event_with_an_id_and_a_type_is_read_whatever_its_payload_holds(
        values in prop::collection::vec(json(), FIELDS.len()), meta in json(), occurred_at in json(),
    ) {
        let payload: Map<String, Value> =
            FIELDS.iter().map(|name| (*name).to_owned()).zip(values).collect();
        let body = json!({"data": {"id": "e1", "event_type": "fax.failed", "occurred_at": occurred_at,
            "payload": payload}, "meta": meta});
        let event = Event::parse(body.to_string().as_bytes());
        prop_assert_eq!(event.unwrap().id.as_str().to_owned(), "e1");
    }

    #[test]
    fn any_fax_with_an_id_is_read(values in prop::collection::vec(json(), FIELDS.len())) {
        let mut fax: Map<String, Value> =
            FIELDS.iter().map(|name| (*name).to_owned()).zip(values).collect();
        fax.insert("id".to_owned(), "f1".into());
        let list: List<Fax> = serde_json::from_value(json!({"data": [fax]})).unwrap();
        prop_assert_eq!(list.data[0].id.as_str(), "f1");
    }

    #[test]
    fn any_headers_and_body_are_refused(
        timestamp in ".{0,24}", signature in ".{0,100}",
        body in prop::collection::vec(any::<u8>(), 0..64), now: i64,
    ) {
        let verifier = Verifier::new(&[KEY]).unwrap();
        prop_assert!(verifier.verify(&timestamp, &signature, &body, now).is_err());
    }

    #[test]
    fn any_key_is_taken_or_refused(key in ".{0,80}") {
        let _ = Verifier::new(&[&key]);
    }

    #[test]
    fn a_client_state_brings_back_what_it_took(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let state = ClientState::of(&bytes);
        let read = ClientState::from(state.encoded().to_owned());
        prop_assert_eq!(read.bytes(), Some(bytes));
    }

    #[test]
    fn a_word_is_what_it_was(word in ".{0,20}") {
        let status = FaxStatus::from(word.as_str());
        prop_assert_eq!(status.as_str(), word);
    }

    #[test]
    fn a_space_before_digits_was_a_plus(digits in "[0-9]{1,15}") {
        let mended = Number::new(format!(" {digits}"));
        let whole = Number::new(format!("+{digits}"));
        prop_assert_eq!(mended, whole);
    }

    #[test]
    fn a_display_name_holds_only_what_telnyx_takes(text in ".{0,300}") {
        if let Some(name) = DisplayName::of(&text) {
            let fit = |one: char| one.is_ascii_alphanumeric() || " -_~!.+".contains(one);
            prop_assert!((1..=128).contains(&name.as_str().len()));
            prop_assert!(name.as_str().chars().all(fit));
        }
    }
}
