//! Events: one buffer, looked up lazily.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use memchr::memmem;
use uuid::Uuid;

use crate::frame::{ContentType, Frame, MalformedFrame};
use crate::job::JobOutcome;
use crate::{header, json};

/// One event. Cloning is cheap; lookups scan the header block with `memchr` and decode only the value asked for.
///
/// Lines are split **before** values are percent-decoded, so that no `%0A` in a remote party's text can forge a
/// header. Names are compared exactly, as FreeSWITCH spells them; of several headers of one name the first counts.
/// Values are foreign text: station ids and caller names come from whoever is on the line.
///
/// - FreeSWITCH writes an empty value as `_undef_`; here it is the empty text (and [`raw`](Self::raw) shows it as it came).
/// - A header with several values is one text, `ARRAY::a|:b`; [`array`](Self::array) takes it apart. A remote party
///   can send a value that only looks like that.
///
/// The event keeps the read buffer alive that it was cut from (some 64 KiB, shared with its neighbours);
/// [`compact`](Self::compact) gives it one of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    headers: Bytes,
    body: Bytes,
}

impl Event {
    /// Takes an event out of its frame (`text/event-plain` or `text/event-json`).
    ///
    /// # Errors
    /// If the frame is of another type, or the event's own `Content-Length` does not fit the bytes that follow it.
    pub fn from_frame(frame: &Frame) -> Result<Self, MalformedFrame> {
        match frame.content_type() {
            Some(ContentType::EventPlain) => Self::from_plain(frame.body.clone()),
            Some(ContentType::EventJson) => Self::from_json(&frame.body),
            _ => Err(MalformedFrame("not an event")),
        }
    }

    /// Reads an event in the plain format: header lines, a blank line and, if it has a `Content-Length` of its
    /// own, that many bytes of body.
    ///
    /// # Errors
    /// If the blank line is missing or the length is not what follows.
    pub fn from_plain(mut bytes: Bytes) -> Result<Self, MalformedFrame> {
        let end = memmem::find(&bytes, b"\n\n").ok_or(MalformedFrame("event without an end"))?;
        let body = bytes.split_off(end + 2);
        bytes.truncate(end);
        // FreeSWITCH writes an event's Content-Length last, so only a last line or a body is worth a search.
        let last = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        let declared = match header::find(&bytes[last..], b"Content-Length") {
            Some(value) => Some(value),
            None if body.is_empty() => None,
            None => header::find(&bytes, b"Content-Length"),
        };
        let declared = match declared {
            Some(value) => header::length(value)
                .ok_or(MalformedFrame("unreadable Content-Length in an event"))?,
            None => 0,
        };
        if declared != body.len() {
            return Err(MalformedFrame(
                "an event's Content-Length is not its body's length",
            ));
        }
        Ok(Self {
            headers: bytes,
            body,
        })
    }

    /// Reads an event in the JSON format, by writing it as plain lines: names and values are the same in both.
    /// FreeSWITCH's JSON may hold bytes that are not UTF-8; they become U+FFFD. `_body` becomes the body.
    ///
    /// # Errors
    /// If it is not one flat JSON object of texts (or lists of texts).
    pub fn from_json(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let (headers, body) = json::to_plain(bytes)?;
        Ok(Self { headers, body })
    }

    /// The value of a header, decoded; what is not UTF-8 becomes U+FFFD. `None` if there is no such header.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).map(|raw| header::text(header::decode(raw)))
    }

    /// The value of a header, decoded, as bytes.
    pub fn get_bytes(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.raw(name).map(header::decode)
    }

    /// The value of a header as FreeSWITCH sent it, percent-encoded.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        header::find(&self.headers, name.as_bytes())
    }

    /// A channel variable: the header `variable_NAME`, decoded like [`get`](Self::get).
    pub fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        header::find_joined(&self.headers, b"variable_", name.as_bytes())
            .map(|raw| header::text(header::decode(raw)))
    }

    /// The values of a header that may have several (`ARRAY::a|:b`); a plain value is a list of one.
    pub fn array(&self, name: &str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        Some(match value.strip_prefix("ARRAY::") {
            Some(list) => list.split("|:").map(str::to_owned).collect(),
            None => vec![value.into_owned()],
        })
    }

    /// `Event-Name`: `CHANNEL_ANSWER`, `CUSTOM`, …; empty if there is none.
    pub fn name(&self) -> &str {
        self.plain("Event-Name").unwrap_or_default()
    }

    /// `Event-Subclass` of a `CUSTOM` event, decoded: `spandsp::txfaxresult`.
    pub fn subclass(&self) -> Option<Cow<'_, str>> {
        self.get("Event-Subclass")
    }

    /// `Unique-ID`: the channel's UUID. `None` if there is none, or it is not a UUID (a client may choose any text).
    pub fn unique_id(&self) -> Option<Uuid> {
        self.plain("Unique-ID")?.parse().ok()
    }

    /// `Core-UUID`: which run of FreeSWITCH this is.
    pub fn core_uuid(&self) -> Option<Uuid> {
        self.plain("Core-UUID")?.parse().ok()
    }

    /// `Job-UUID` of a `BACKGROUND_JOB`.
    pub fn job_uuid(&self) -> Option<Uuid> {
        self.plain("Job-UUID")?.parse().ok()
    }

    /// `Event-Date-Timestamp`: microseconds since 1970 on FreeSWITCH's clock.
    pub fn timestamp_micros(&self) -> Option<u64> {
        self.plain("Event-Date-Timestamp")?.parse().ok()
    }

    /// `Event-Sequence`: counts all events of FreeSWITCH, also those not subscribed to, so gaps mean nothing.
    pub fn sequence(&self) -> Option<u64> {
        self.plain("Event-Sequence")?.parse().ok()
    }

    /// What became of a background job, if this is a `BACKGROUND_JOB`.
    pub fn job_outcome(&self) -> Option<JobOutcome<'_>> {
        (self.name() == "BACKGROUND_JOB").then(|| JobOutcome::parse(&self.body))
    }

    /// The event's body: the output of a background job, for example. Usually empty.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// All headers in the order they came, names as they stand and values decoded.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        header::lines(&self.headers).map(|(name, value)| {
            (
                String::from_utf8_lossy(name),
                header::text(header::decode(value)),
            )
        })
    }

    /// The same event in a buffer of its own, for keeping.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self {
            headers: Bytes::copy_from_slice(&self.headers),
            body: Bytes::copy_from_slice(&self.body),
        }
    }

    /// Size in bytes of headers and body.
    pub fn size(&self) -> usize {
        self.headers.len() + self.body.len()
    }

    /// For values that FreeSWITCH makes itself and that need no decoding.
    fn plain(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.raw(name)?).ok()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("subclass", &self.subclass())
            .field("unique_id", &self.unique_id())
            .field("bytes", &self.size())
            .finish_non_exhaustive()
    }
}
