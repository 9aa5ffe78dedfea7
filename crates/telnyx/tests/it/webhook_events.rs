//! Events, with the bodies that Telnyx documents.

use chrono::{TimeZone, Utc};
use faxgate_telnyx::webhook::{Event, EventError, EventType, MAX_EVENT_BYTES};
use faxgate_telnyx::{Direction, FaxStatus};
use serde_json::{Value, json};

fn received() -> Value {
    json!({"data": {"event_type": "fax.received", "id": "4844b70c-3c6c-4c3a-ba2e-e4c785f02d24",
        "occurred_at": "2020-08-27T16:33:36.843054Z", "record_type": "event",
        "payload": {"call_duration_secs": 50, "connection_id": "1447842681660114324",
            "direction": "inbound", "fax_id": "f72eebbe-f9b6-4f0f-b652-03e742e110d5",
            "from": " 16132484850", "to": "+17733372863", "caller_id": "+16132484872",
            "page_count": 2, "partial_content": false, "status": "received", "user_id": "19a7",
            "media_url": "https://s3.example.com/f.pdf?X-Amz-Expires=600"}},
        "meta": {"attempt": 1, "delivered_to": "https://example.com/"}})
}

fn parse(value: &Value) -> Result<Event, EventError> {
    Event::parse(value.to_string().as_bytes())
}

#[test]
fn a_received_fax_is_read_whole() {
    let event = parse(&received()).unwrap();
    assert_eq!(event.id.as_str(), "4844b70c-3c6c-4c3a-ba2e-e4c785f02d24");
    assert_eq!(event.event_type, EventType::Received);
    assert!(event.event_type.is_terminal());
    let whole = Utc.with_ymd_and_hms(2020, 8, 27, 16, 33, 36).unwrap();
    assert_eq!(event.occurred_at.unwrap().timestamp(), whole.timestamp());
    assert_eq!(event.meta.attempt, Some(1));
    let payload = event.payload;
    assert_eq!(
        payload.fax_id.unwrap().as_str(),
        "f72eebbe-f9b6-4f0f-b652-03e742e110d5"
    );
    assert_eq!(payload.direction, Direction::Inbound);
    assert_eq!(payload.status, FaxStatus::Received);
    assert_eq!(
        payload.from.unwrap().as_str(),
        "+16132484850",
        "the plus is mended"
    );
    assert_eq!(payload.caller_id.unwrap().as_str(), "+16132484872");
    assert_eq!(
        (payload.page_count, payload.call_duration_secs),
        (Some(2), Some(50))
    );
    assert_eq!(payload.partial_content, Some(false));
    assert!(
        payload
            .media_url
            .unwrap()
            .starts_with("https://s3.example.com/")
    );
}

#[test]
fn a_failed_fax_tells_why_and_whose() {
    let event = parse(&json!({"data": {"event_type": "fax.failed", "id": "e1",
        "occurred_at": "2020-05-05T13:08:22.039204Z",
        "payload": {"fax_id": "f1", "direction": "outbound", "status": "failed",
            "failure_reason": "user_busy", "internal_failure_reason": "486",
            "original_media_url": "https://example.com/a.pdf", "client_state": "YXR0ZW1wdC0x"}}}));
    let payload = event.unwrap().payload;
    assert_eq!(payload.failure_reason.as_deref(), Some("user_busy"));
    assert_eq!(
        payload.client_state.unwrap().text().as_deref(),
        Some("attempt-1")
    );
    assert_eq!(
        payload.original_media_url.as_deref(),
        Some("https://example.com/a.pdf")
    );
}

#[test]
fn every_documented_kind_is_known() {
    for (word, known, terminal) in [
        ("fax.queued", EventType::Queued, false),
        ("fax.media.processed", EventType::MediaProcessed, false),
        ("fax.sending.started", EventType::SendingStarted, false),
        ("fax.delivered", EventType::Delivered, true),
        ("fax.failed", EventType::Failed, true),
        ("fax.receiving.started", EventType::ReceivingStarted, false),
        (
            "fax.media.processing.started",
            EventType::MediaProcessingStarted,
            false,
        ),
        ("fax.received", EventType::Received, true),
        (
            "fax.folded",
            EventType::Other("fax.folded".to_owned()),
            false,
        ),
    ] {
        let event =
            parse(&json!({"data": {"event_type": word, "id": "e", "payload": {}}})).unwrap();
        assert_eq!(event.event_type, known);
        assert_eq!(event.event_type.as_str(), word);
        assert_eq!(event.event_type.is_terminal(), terminal);
    }
}

#[test]
fn the_wrapper_and_the_meta_may_be_missing_or_elsewhere() {
    let whole = parse(&received()).unwrap();
    let mut bare = received()["data"].clone();
    let mut expected = whole.clone();
    expected.meta = Default::default();
    assert_eq!(parse(&bare).unwrap(), expected);
    assert_eq!(parse(&json!({"data": bare})).unwrap(), expected);

    bare["meta"] = received()["meta"].clone();
    assert_eq!(parse(&bare).unwrap(), whole);
    assert_eq!(parse(&json!({"data": bare})).unwrap(), whole);
}

#[test]
fn an_event_about_something_else_is_read_without_its_payload() {
    let event = parse(
        &json!({"data": {"event_type": "message.received", "id": "e1",
        "payload": {"from": {"phone_number": "+1"}, "to": [1, 2]}}}),
    );
    let event = event.unwrap();
    assert!(!event.event_type.is_fax());
    assert_eq!(event.payload, Default::default());
    assert!(parse(&json!({"event_type": "number_order.complete", "id": "e2"})).is_ok());
}

#[test]
fn fields_that_make_no_sense_are_nothing() {
    let event = parse(
        &json!({"data": {"event_type": "fax.received", "id": "e1", "occurred_at": "soon",
        "payload": {"fax_id": 7, "from": {}, "to": [], "page_count": "3", "call_duration_secs": -1,
            "partial_content": "true", "status": 9, "direction": null, "client_state": "%%",
            "connection_id": 1447842681660114324_u64}}, "meta": "odd"}),
    )
    .unwrap();
    assert_eq!(event.occurred_at, None);
    let payload = event.payload;
    assert_eq!(payload.fax_id.unwrap().as_str(), "7");
    assert_eq!(
        payload.connection_id.unwrap().as_str(),
        "1447842681660114324"
    );
    assert_eq!((payload.from, payload.to), (None, None));
    assert_eq!(
        (payload.page_count, payload.call_duration_secs),
        (Some(3), None)
    );
    assert_eq!(payload.partial_content, Some(true));
    assert_eq!(payload.status, FaxStatus::Other("9".to_owned()));
    let state = payload.client_state.unwrap();
    assert_eq!((state.encoded(), state.bytes()), ("%%", None));
}

#[test]
fn what_is_no_event_is_refused() {
    for body in [
        "",
        "{",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":null}"#,
        r#"{"data":{"event_type":"fax.queued","payload":{}}}"#,
        r#"{"data":{"id":"e1","payload":{}}}"#,
        r#"{"data":{"id":"","event_type":"fax.queued","payload":{}}}"#,
        r#"{"data":{"id":7,"event_type":"fax.queued","payload":{}}}"#,
        r#"{"data":{"id":"e1","event_type":"fax.queued"}}"#,
        r#"{"data":{"id":"e1","event_type":"fax.queued","payload":[]}}"#,
    ] {
        assert!(Event::parse(body.as_bytes()).is_err(), "{body}");
    }
    let long = json!({"data": {"id": "e".repeat(256), "event_type": "fax.queued", "payload": {}}});
    assert!(parse(&long).is_err());
    assert!(Event::parse(&[0xff, 0xfe]).is_err());
}

#[test]
fn size_and_depth_are_bounded() {
    let large = vec![b' '; MAX_EVENT_BYTES + 1];
    assert!(matches!(Event::parse(&large), Err(EventError::TooLarge(_))));
    let deep = "[".repeat(MAX_EVENT_BYTES);
    assert!(matches!(
        Event::parse(deep.as_bytes()),
        Err(EventError::Json(_))
    ));
}
