//! From the bytes of an event to what the use cases know of it.

use faxgate_core::{CarrierEvent, Error};
use faxgate_telnyx::webhook::{Event, EventError, EventType};
use faxgate_telnyx::{ClientState, Direction};
use faxgate_types::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::fax::webhook::hostile::tame;

/// The carrier's name, as it stands beside its events.
const CARRIER: &str = "telnyx";
/// The longest link that is kept; signed ones of S3 have some 1,500 characters.
const LONGEST_LINK: usize = 8192;

/// An event of Telnyx'. It has more keys.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; the Telnyx client reads it"
)]
#[schema(as = TelnyxEvent)]
pub(crate) struct EventBody {
    data: EventData,
}

/// What such an event tells.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; the Telnyx client reads it"
)]
#[schema(as = TelnyxEventData)]
pub(crate) struct EventData {
    /// The event's id: one event, one id, however often it is told.
    #[schema(example = "4844b70c-3c6c-4c3a-ba2e-e4c785f02d24", max_length = 128)]
    id: String,
    /// What happened.
    #[schema(example = "fax.received")]
    event_type: String,
    /// RFC 3339.
    #[schema(format = DateTime, example = "2020-08-27T16:33:36.843054Z")]
    occurred_at: Option<String>,
    /// What it tells of its fax: `fax_id`, `direction`, `from`, `to`, `status` and, by its type, `client_state`, `failure_reason`,
    /// `page_count`, `call_duration_secs`, `partial_content`, `caller_id`, `media_url`.
    #[schema(example = json!({"fax_id": "f72eebbe-f9b6-4f0f-b652-03e742e110d5", "direction": "inbound", "from": "+16132484850", "to": "+17733372863", "page_count": 2, "partial_content": false, "status": "received", "media_url": "https://s3.amazonaws.com/faxes-prod/1.pdf"}))]
    payload: serde_json::Map<String, serde_json::Value>,
}

/// Reads an event whose signature was verified.
///
/// # Errors
/// `INVALID_EVENT`, which says what is missing; `BODY_TOO_LARGE`.
pub(super) fn read(body: &[u8]) -> Result<CarrierEvent, Error> {
    let event = Event::parse(body).map_err(|error| match error {
        EventError::TooLarge(_) => Error::too_large("BODY_TOO_LARGE", error.to_string()),
        EventError::Json(json) => invalid(format!("the body is not valid JSON: {json}")),
        EventError::Missing(_) => invalid(error.to_string()),
    })?;
    let id = identifier("id", event.id.as_str())?;
    let told = event.payload;
    let fax = match &told.fax_id {
        Some(fax) => Some(identifier("payload.fax_id", fax.as_str())?),
        // A fax that nobody could ask for again must not be taken as if it were known.
        None if event.event_type.is_terminal() => {
            return Err(invalid("the event has no fax_id"));
        }
        None => None,
    };
    let inbound = match event.event_type {
        EventType::Received | EventType::ReceivingStarted | EventType::MediaProcessingStarted => {
            true
        }
        EventType::Delivered | EventType::SendingStarted => false,
        _ => told.direction == Direction::Inbound,
    };
    Ok(CarrierEvent {
        carrier: CARRIER.to_owned(),
        id,
        kind: tame(event.event_type.as_str()),
        inbound,
        fax,
        attempt: told
            .client_state
            .filter(|_| !inbound)
            .as_ref()
            .and_then(ClientState::text)
            .and_then(|text| text.parse().ok()),
        connection: told.connection_id.map(|id| tame(id.as_str())),
        status: some(tame(told.status.as_str())),
        failure_reason: told.failure_reason.and_then(|reason| some(tame(&reason))),
        page_count: told.page_count,
        call_duration_secs: told.call_duration_secs,
        occurred_at: event.occurred_at.map(Timestamp::new),
        from: told.from.and_then(|number| some(tame(number.as_str()))),
        to: told.to.and_then(|number| some(tame(number.as_str()))),
        caller_id: told
            .caller_id
            .and_then(|number| some(tame(number.as_str()))),
        partial: told.partial_content.unwrap_or(false),
        media_url: told.media_url.filter(|url| {
            (1..=LONGEST_LINK).contains(&url.len()) && !url.contains(char::is_control)
        }),
    })
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// By an id things are found again, so it is taken whole or not at all.
fn identifier(name: &str, text: &str) -> Result<String, Error> {
    let good = (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(
        invalid(format!("{name} must be 1 to 128 letters, digits or -_.:"))
            .field(name, "1 to 128 letters, digits or -_.:"),
    )
}

fn invalid(message: impl Into<String>) -> Error {
    Error::bad_input("INVALID_EVENT", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn of(value: &Value) -> Result<CarrierEvent, Error> {
        read(value.to_string().as_bytes())
    }

    fn received(payload: Value) -> Value {
        json!({"data": {"event_type": "fax.received", "id": "4844b70c-3c6c-4c3a-ba2e-e4c785f02d24",
            "occurred_at": "2020-08-27T16:33:36.843054Z", "payload": payload, "record_type": "event"},
            "meta": {"attempt": 1, "delivered_to": "https://example.com/"}})
    }

    #[test]
    fn everything_that_is_told_of_a_fax_that_came_in_is_read() {
        let event = of(&received(json!({
            "call_duration_secs": 50, "connection_id": "1447842681660114324", "direction": "inbound",
            "fax_id": "f72eebbe-f9b6-4f0f-b652-03e742e110d5", "from": " 16132484850", "to": "+17733372863",
            "caller_id": "+16132484872", "page_count": 2, "partial_content": false, "status": "received",
            "user_id": "19a7", "media_url": "https://s3.amazonaws.com/faxes-prod/1.pdf?X-Amz-Expires=600"
        })));
        insta::assert_debug_snapshot!(event.unwrap());
    }

    #[test]
    fn an_event_of_ours_names_its_attempt() {
        let state = ClientState::of("0190d0a1-0000-7000-8000-000000000001");
        let event = of(
            &json!({"data": {"event_type": "fax.failed", "id": "e1", "payload": {
            "fax_id": "f1", "direction": "outbound", "from": "+13125790015", "to": "+13127367276", "status": "failed",
            "client_state": state.encoded(), "failure_reason": "user_busy"}}}),
        );
        insta::assert_debug_snapshot!(event.unwrap());
    }

    #[test]
    fn somebody_elses_client_state_is_no_attempt() {
        for state in ["", "%%%", "aGVsbG8=", "AAAA"] {
            let event = of(
                &json!({"data": {"event_type": "fax.delivered", "id": "e1", "payload": {
                "fax_id": "f1", "direction": "outbound", "client_state": state}}}),
            );
            assert_eq!(event.unwrap().attempt, None, "{state}");
        }
    }

    #[test]
    fn hostile_texts_are_cut_and_cleaned() {
        let event = of(&received(json!({"fax_id": "f1", "from": "a\u{0}\u{1b}[2Jb", "to": "1".repeat(5000),
            "caller_id": {"a": 1}, "status": "x\n", "media_url": "https://example.com/\u{0}", "page_count": -3})))
        .unwrap();
        assert_eq!(event.from.as_deref(), Some("a[2Jb"));
        assert_eq!(event.to.map(|to| to.len()), Some(64));
        assert_eq!(
            (event.media_url, event.page_count, event.status.as_deref()),
            (None, None, Some("x"))
        );
    }

    #[test]
    fn what_finds_things_again_must_be_right() {
        let told = |event: Value| {
            let error = of(&event).unwrap_err();
            assert_eq!((error.kind.http(), error.code), (400, "INVALID_EVENT"));
            error.message
        };
        insta::assert_snapshot!(told(received(json!({}))), @"the event has no fax_id");
        insta::assert_snapshot!(told(received(json!({"fax_id": "a b"}))), @"payload.fax_id must be 1 to 128 letters, digits or -_.:");
        insta::assert_snapshot!(told(json!({"data": {"event_type": "fax.queued", "id": "\u{0}", "payload": {}}})), @"id must be 1 to 128 letters, digits or -_.:");
        insta::assert_snapshot!(told(json!({"data": {"id": "e1"}})), @"the event has no event_type that can be read");
        insta::assert_snapshot!(told(json!([])), @"the event has no object that can be read");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_payload_makes_it_panic(
            kind in "fax\\.[a-z.]{0,20}|(fax\\.)?(received|failed|delivered)",
            id in ".{0,40}",
            values in prop::collection::vec(prop_oneof![
                ".{0,80}".prop_map(Value::from),
                any::<i64>().prop_map(Value::from),
                any::<f64>().prop_map(Value::from),
                any::<bool>().prop_map(Value::from),
                Just(Value::Null),
                Just(json!([{"a": []}])),
            ], 13),
        ) {
            let names = ["fax_id", "connection_id", "direction", "from", "to", "caller_id", "client_state", "status",
                "failure_reason", "page_count", "partial_content", "call_duration_secs", "media_url"];
            let payload: serde_json::Map<_, _> = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
            if let Ok(event) = of(&json!({"data": {"event_type": kind, "id": id, "payload": payload}})) {
                let texts = [Some(event.id), Some(event.kind), event.fax, event.status, event.from, event.to, event.caller_id];
                prop_assert!(texts.into_iter().flatten().all(|text| text.len() <= 256 && !text.contains(char::is_control)));
            }
        }
    }
}
