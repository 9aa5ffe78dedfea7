//! What a test may look at afterwards.

use bytes::Bytes;
use faxgate_types::Timestamp;
use serde::{Deserialize, Serialize};

/// One request to the API, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// When it came.
    pub time: Timestamp,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    /// The answer's status; `None`: it was not answered.
    pub status: Option<u16>,
}

/// One try to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The event's id, the same at each try and copy.
    pub event_id: String,
    /// `fax.queued`, `fax.delivered`, …
    pub event_type: String,
    /// The fax that it tells of.
    pub fax_id: String,
    /// Where it went.
    pub url: String,
    /// Which try at this address, from 1.
    pub attempt: u32,
    /// The body, as signed.
    pub body: String,
    /// `telnyx-timestamp`.
    pub timestamp: String,
    /// `telnyx-signature-ed25519`.
    pub signature: String,
    /// The answer's status; `None`: there was none in time.
    pub status: Option<u16>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// `%PDF-`
    Pdf,
    /// `II*` or `MM*`
    Tiff,
}

/// The document of a fax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// As it was uploaded or fetched.
    pub bytes: Bytes,
    /// What it is.
    pub kind: DocumentKind,
    /// Its pages.
    pub pages: u32,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// A fax from outside to one of the account's numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// The sender.
    pub from: String,
    /// The number that is called.
    pub to: String,
    /// The caller id, where it is not `from`.
    #[serde(default)]
    pub caller_id: Option<String>,
    /// The document, a PDF or TIFF; base64 over HTTP, and a page made up when there is none.
    #[serde(default, with = "base64_bytes")]
    pub document: Bytes,
    /// The sender broke off and only a part arrived (`partial_content`).
    #[serde(default)]
    pub partial: bool,
    /// It fails so instead (`sender_call_dropped`): nothing arrives.
    #[serde(default)]
    pub failure_reason: Option<String>,
}

impl Inbound {
    /// A fax of this document.
    #[must_use]
    pub fn new(from: &str, to: &str, document: impl Into<Bytes>) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            caller_id: None,
            document: document.into(),
            partial: false,
            failure_reason: None,
        }
    }
}

/// Why a fax from outside did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InboundRefused {
    /// The number is not the account's, or not attached to an active fax application.
    #[error("nobody has that number")]
    UnknownNumber,
    /// The document is neither a PDF nor a TIFF that can be read.
    #[error("the document is neither a PDF nor a TIFF")]
    UnreadableDocument,
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(D::Error::custom)
    }
}
