//! What an event tells of its fax.

use serde::Deserialize;

use crate::client_state::ClientState;
use crate::fax::{Direction, FaxStatus};
use crate::id::{ConnectionId, FaxId};
use crate::lenient;
use crate::number::Number;

/// What an event tells of its fax. Any of it may be missing; texts are foreign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Payload {
    /// The fax.
    #[serde(default, deserialize_with = "lenient::word")]
    pub fax_id: Option<FaxId>,
    /// The fax application.
    #[serde(default, deserialize_with = "lenient::word")]
    pub connection_id: Option<ConnectionId>,
    /// Which way it goes.
    #[serde(default)]
    pub direction: Direction,
    /// The sender.
    #[serde(default, deserialize_with = "lenient::word")]
    pub from: Option<Number>,
    /// The recipient.
    #[serde(default, deserialize_with = "lenient::word")]
    pub to: Option<Number>,
    /// Inbound: the caller's number, which may be another than the sender's.
    #[serde(default, deserialize_with = "lenient::word")]
    pub caller_id: Option<Number>,
    /// The account's user.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// Outbound: the note given when it was sent.
    #[serde(default, deserialize_with = "lenient::word")]
    pub client_state: Option<ClientState>,
    /// Where it stands.
    #[serde(default)]
    pub status: FaxStatus,
    /// Why it failed, as customers are told.
    #[serde(default, deserialize_with = "lenient::text")]
    pub failure_reason: Option<String>,
    /// Why it failed, in more detail.
    #[serde(default, deserialize_with = "lenient::text")]
    pub internal_failure_reason: Option<String>,
    /// Pages sent or received.
    #[serde(default, deserialize_with = "lenient::count")]
    pub page_count: Option<u32>,
    /// Inbound: whether pages are missing because the call broke off.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub partial_content: Option<bool>,
    /// Length of the call, seconds.
    #[serde(default, deserialize_with = "lenient::count")]
    pub call_duration_secs: Option<u32>,
    /// Inbound: the document, behind a link that is good for about ten minutes (403 afterwards).
    #[serde(default, deserialize_with = "lenient::text")]
    pub media_url: Option<String>,
    /// Outbound: the address that the document was fetched from.
    #[serde(default, deserialize_with = "lenient::text")]
    pub original_media_url: Option<String>,
    /// Outbound: the name of the uploaded document.
    #[serde(default, deserialize_with = "lenient::text")]
    pub media_name: Option<String>,
}
