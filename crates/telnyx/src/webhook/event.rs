//! A webhook's body.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::id::EventId;
use crate::lenient;
use crate::webhook::Payload;
use crate::word::words;

/// The largest body that is read, bytes. Telnyx' own have a few thousand.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;

/// The longest id and the longest word for a kind of event, bytes.
const MAX_WORD_BYTES: usize = 255;

words! {
    /// What happened.
    EventType {
        /// Outbound: accepted.
        Queued = "fax.queued",
        /// Outbound: the document was turned into pages.
        MediaProcessed = "fax.media.processed",
        /// Outbound: answered, pages are going out.
        SendingStarted = "fax.sending.started",
        /// Outbound, at its end: the far end confirmed it.
        Delivered = "fax.delivered",
        /// At its end, either way: it failed.
        Failed = "fax.failed",
        /// Inbound: pages are coming in.
        ReceivingStarted = "fax.receiving.started",
        /// Inbound: the document is being made.
        MediaProcessingStarted = "fax.media.processing.started",
        /// Inbound, at its end: it is there.
        Received = "fax.received",
    }
}

impl EventType {
    /// Whether it is about a fax.
    #[must_use]
    pub fn is_fax(&self) -> bool {
        self.as_str().starts_with("fax.")
    }

    /// Whether nothing more will happen to the fax.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Received)
    }
}

/// Why a body is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Larger than [`MAX_EVENT_BYTES`].
    #[error("the event has {0} bytes, more than {MAX_EVENT_BYTES}")]
    TooLarge(usize),
    /// Not JSON.
    #[error("the event is not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but no object that tells of an event: what is missing or unfit.
    #[error("the event has no {0} that can be read")]
    Missing(&'static str),
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The same for each delivery of this event: keep events by it. 1 to 255 bytes.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When; orders events better than their coming does. `None` when it cannot be read.
    pub occurred_at: Option<DateTime<Utc>>,
    /// What it tells of its fax; empty for events about something else.
    pub payload: Payload,
    /// About this delivery of the event.
    pub meta: Meta,
}

/// About one delivery of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Meta {
    /// Which try, from 1.
    #[serde(default, deserialize_with = "lenient::count")]
    pub attempt: Option<u32>,
    /// Where it was sent.
    #[serde(default, deserialize_with = "lenient::text")]
    pub delivered_to: Option<String>,
}

impl Event {
    /// Reads a body whose signature was verified. `data` around the event and `meta` beside it may be missing, as they are
    /// in some of Telnyx' samples; unknown fields are ignored, and a field of the payload that makes no sense is `None`.
    ///
    /// # Errors
    /// It is too large, not JSON, or has no id or type.
    pub fn parse(raw_body: &[u8]) -> Result<Self, EventError> {
        if raw_body.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge(raw_body.len()));
        }
        let body = serde_json::from_slice(raw_body).map_err(EventError::Json)?;
        let Value::Object(mut outer) = body else {
            return Err(EventError::Missing("object"));
        };
        let meta = outer.remove("meta");
        let mut data = match outer.remove("data") {
            Some(Value::Object(data)) => data,
            Some(_) => return Err(EventError::Missing("data")),
            None => outer,
        };
        // Inside the wrapper in some samples, beside it in the others.
        let meta = meta.or_else(|| data.remove("meta"));

        let event_type = EventType::from(word(&data, "event_type")?);
        let payload = match data.remove("payload") {
            Some(Value::Object(payload)) if event_type.is_fax() => {
                Payload::deserialize(Value::Object(payload))
                    .map_err(|_| EventError::Missing("payload"))?
            }
            _ if event_type.is_fax() => return Err(EventError::Missing("payload")),
            _ => Payload::default(),
        };
        Ok(Self {
            id: EventId::new(word(&data, "id")?),
            event_type,
            occurred_at: data
                .get("occurred_at")
                .and_then(Value::as_str)
                .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                .map(|time| time.to_utc()),
            payload,
            meta: meta
                .and_then(|meta| Meta::deserialize(meta).ok())
                .unwrap_or_default(),
        })
    }
}

/// A short text that must be there.
fn word<'a>(data: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, EventError> {
    data.get(name)
        .and_then(Value::as_str)
        .filter(|text| (1..=MAX_WORD_BYTES).contains(&text.len()))
        .ok_or(EventError::Missing(name))
}
