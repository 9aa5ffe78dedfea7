//! The fax as Telnyx sees it.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::client_state::ClientState;
use crate::id::{ConnectionId, FaxId};
use crate::lenient;
use crate::number::Number;
use crate::word::words;

words! {
    /// Where a fax stands.
    FaxStatus {
        /// Outbound: accepted.
        Queued = "queued",
        /// Outbound: the document was fetched and turned into pages.
        MediaProcessed = "media.processed",
        /// Outbound: the call is being set up.
        Originated = "originated",
        /// Outbound: answered, pages are going out.
        Sending = "sending",
        /// Outbound, at its end: the far end confirmed it.
        Delivered = "delivered",
        /// At its end, either way: it failed.
        Failed = "failed",
        /// Inbound: the call came in.
        Initiated = "initiated",
        /// Inbound: pages are coming in.
        Receiving = "receiving",
        /// Inbound: the document is being made.
        MediaProcessing = "media.processing",
        /// Inbound, at its end: it is there.
        Received = "received",
    }
}

impl FaxStatus {
    /// Whether nothing more will happen to the fax.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Received)
    }
}

words! {
    /// Which way a fax goes.
    Direction {
        /// To the account.
        Inbound = "inbound",
        /// From the account.
        Outbound = "outbound",
    }
}

/// A fax. Only its id is certain to be there; texts are foreign.
#[derive(Clone, Debug, Deserialize)]
pub struct Fax {
    /// Its id.
    pub id: FaxId,
    /// The fax application that it goes through.
    #[serde(default, deserialize_with = "lenient::word")]
    pub connection_id: Option<ConnectionId>,
    /// Which way it goes.
    #[serde(default)]
    pub direction: Direction,
    /// The sender.
    #[serde(default, deserialize_with = "lenient::word")]
    pub from: Option<Number>,
    /// The name shown with the sender's number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub from_display_name: Option<String>,
    /// The recipient.
    #[serde(default, deserialize_with = "lenient::word")]
    pub to: Option<Number>,
    /// Where it stands.
    #[serde(default)]
    pub status: FaxStatus,
    /// Why it failed, as customers are told; `None` until it fails.
    #[serde(default, deserialize_with = "lenient::text")]
    pub failure_reason: Option<String>,
    /// Why it failed, in more detail.
    #[serde(default, deserialize_with = "lenient::text")]
    pub internal_failure_reason: Option<String>,
    /// The sender's note.
    #[serde(default, deserialize_with = "lenient::word")]
    pub client_state: Option<ClientState>,
    /// Outbound: the address that the document was fetched from. Inbound: the received document, behind a link that is
    /// good for about 10 minutes (403 afterwards; see [`Faxes::refresh`](crate::Faxes::refresh)).
    #[serde(default, deserialize_with = "lenient::text")]
    pub media_url: Option<String>,
    /// The uploaded document that was sent.
    #[serde(default, deserialize_with = "lenient::text")]
    pub media_name: Option<String>,
    /// The document as kept because of `store_media`, behind a link that is good for about 10 minutes.
    #[serde(default, deserialize_with = "lenient::text")]
    pub stored_media_url: Option<String>,
    /// The preview made because of `store_preview`, behind a link that is good for about 10 minutes.
    #[serde(default, deserialize_with = "lenient::text")]
    pub preview_url: Option<String>,
    /// Pages, where Telnyx tells.
    #[serde(default, deserialize_with = "lenient::count")]
    pub page_count: Option<u32>,
    /// Length of the call in seconds, where Telnyx tells.
    #[serde(default, deserialize_with = "lenient::count")]
    pub call_duration_secs: Option<u32>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated_at: Option<DateTime<Utc>>,
}
