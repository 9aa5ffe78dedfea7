//! What is asked for when a fax is sent.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};
use url::Url;

use crate::client_state::ClientState;
use crate::fax::DisplayName;
use crate::id::ConnectionId;
use crate::number::Number;
use crate::word::words;

words! {
    /// Resolution, and how greys become black and white.
    Quality {
        /// 204 x 98.
        Normal = "normal",
        /// 204 x 196; what Telnyx does unless told otherwise.
        High = "high",
        /// 204 x 392.
        VeryHigh = "very_high",
        /// The finest, for pictures; takes longer to prepare.
        UltraLight = "ultra_light",
        /// The finest, for text; takes longer to prepare.
        UltraDark = "ultra_dark",
    }
}

words! {
    /// The format of a preview.
    PreviewFormat {
        /// TIFF; what Telnyx makes unless told otherwise.
        Tiff = "tiff",
        /// PDF.
        Pdf = "pdf",
    }
}

/// The document: PDF, TIFF, JPEG, PNG, DOC, DOCX, RTF or TXT, 50 MB and 350 pages at most.
#[derive(Clone, Debug)]
pub enum Media {
    /// A public address that answers 2xx with the document at once: Telnyx follows no redirect.
    Url(Url),
    /// The name of a document uploaded to Telnyx before (`POST /media`), kept about two days.
    Name(String),
    /// The document itself, sent as `multipart/form-data`.
    Contents(Contents),
}

/// Bytes a second that a document is expected to travel with at the very least.
const SLOWEST_BYTES_A_SECOND: u64 = 100_000;

impl Media {
    /// How much longer a request may take because its document travels with it: a second for each 100 kB or part of them.
    #[must_use]
    pub fn upload_time(&self) -> Duration {
        match self {
            Self::Contents(contents) => {
                let bytes = contents.bytes.len() as u64;
                Duration::from_secs(bytes.div_ceil(SLOWEST_BYTES_A_SECOND))
            }
            Self::Url(_) | Self::Name(_) => Duration::ZERO,
        }
    }
}

/// A document that travels with the request.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Its file name.
    pub file_name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A fax to send. What is `None` is left to Telnyx.
#[derive(Clone, Debug)]
pub struct SendFax {
    /// The fax application to send through.
    pub connection_id: ConnectionId,
    /// The sending number, +E.164.
    pub from: Number,
    /// The recipient, +E.164 or a SIP URI.
    pub to: Number,
    /// The document.
    pub media: Media,
    /// The name shown with the sending number.
    pub from_display_name: Option<DisplayName>,
    /// Resolution; high unless told.
    pub quality: Option<Quality>,
    /// Whether T.38 is tried; it is unless told.
    pub t38_enabled: Option<bool>,
    /// Whether the document is made black and white by a threshold.
    pub monochrome: Option<bool>,
    /// That threshold, per cent; only with `monochrome`.
    pub black_threshold: Option<u8>,
    /// Whether Telnyx keeps the document for ten minutes; not with [`Media::Name`].
    pub store_media: Option<bool>,
    /// Whether Telnyx makes a preview.
    pub store_preview: Option<bool>,
    /// The preview's format.
    pub preview_format: Option<PreviewFormat>,
    /// A note that comes back in the fax and in each of its events. Telnyx has no idempotency key: a note that is unique
    /// finds the fax again after an answer was lost.
    pub client_state: Option<ClientState>,
    /// Where this fax's events go instead of the application's address.
    pub webhook_url: Option<Url>,
}

impl SendFax {
    /// A fax with all else left to Telnyx.
    #[must_use]
    pub fn new(connection_id: ConnectionId, from: Number, to: Number, media: Media) -> Self {
        Self {
            connection_id,
            from,
            to,
            media,
            from_display_name: None,
            quality: None,
            t38_enabled: None,
            monochrome: None,
            black_threshold: None,
            store_media: None,
            store_preview: None,
            preview_format: None,
            client_state: None,
            webhook_url: None,
        }
    }

    /// All but the document, by Telnyx' names.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let text = |text: &str| Some(Value::from(text));
        let all = [
            ("connection_id", text(self.connection_id.as_str())),
            ("from", text(self.from.as_str())),
            ("to", text(self.to.as_str())),
            (
                "from_display_name",
                self.from_display_name
                    .as_ref()
                    .and_then(|name| text(name.as_str())),
            ),
            (
                "quality",
                self.quality.as_ref().and_then(|word| text(word.as_str())),
            ),
            ("t38_enabled", self.t38_enabled.map(Value::from)),
            ("monochrome", self.monochrome.map(Value::from)),
            ("black_threshold", self.black_threshold.map(Value::from)),
            ("store_media", self.store_media.map(Value::from)),
            ("store_preview", self.store_preview.map(Value::from)),
            (
                "preview_format",
                self.preview_format
                    .as_ref()
                    .and_then(|word| text(word.as_str())),
            ),
            (
                "client_state",
                self.client_state
                    .as_ref()
                    .and_then(|state| text(state.encoded())),
            ),
            (
                "webhook_url",
                self.webhook_url.as_ref().and_then(|url| text(url.as_str())),
            ),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}
