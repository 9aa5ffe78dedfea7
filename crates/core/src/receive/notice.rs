//! What witnesses tell about an inbound fax. All of it is foreign text.

use bytes::Bytes;
use faxgate_types::{CallUuid, Timestamp};
use serde::{Deserialize, Serialize};

/// A notice of an inbound fax.
#[derive(Clone, Debug)]
pub enum Notice {
    /// From FreeSWITCH: its hook, its events, or its CDR.
    FreeSwitch(FreeSwitchNotice),
    /// In the shape of Telnyx.
    Telnyx(TelnyxNotice),
}

/// Whether the receiver confirmed the whole fax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceptionEvent {
    /// It did.
    #[default]
    Received,
    /// It did not; some pages may be there.
    Failed,
}

/// What FreeSWITCH tells of a call that it received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FreeSwitchNotice {
    /// Whether the receiver confirmed the whole fax.
    pub event: ReceptionEvent,
    /// The channel's uuid: the same fax is told of by several witnesses.
    pub uuid: String,
    /// The caller's number.
    pub from: String,
    /// The number that was dialled.
    pub to: String,
    /// The line by which it came, where that is known.
    #[serde(default)]
    pub line: Option<String>,
    /// Pages confirmed to the sender.
    pub pages: Option<u32>,
    /// Seconds from answer to end.
    pub duration: Option<u32>,
    /// Where the pages are.
    #[serde(skip)]
    pub file: NoticeFile,
    /// When the call ended.
    pub timestamp: Option<Timestamp>,
    /// `fax_success`.
    pub success: Option<bool>,
    /// SpanDSP's code.
    pub result_code: Option<i64>,
    /// SpanDSP's text.
    pub result_text: Option<String>,
    /// What the sender's fax machine calls itself (TSI).
    pub remote_station_id: Option<String>,
    /// Bits a second.
    pub transfer_rate: Option<u32>,
    /// Whether errors were corrected.
    pub ecm: Option<bool>,
    /// `negotiated`, `off`, `refused` or `requested`.
    pub t38: Option<String>,
    /// The hang-up cause.
    pub hangup_cause: Option<String>,
}

/// Where an inbound fax's pages are.
#[derive(Clone, Debug, Default)]
pub enum NoticeFile {
    /// In a file beneath a spool folder.
    Path(String),
    /// They came with the notice.
    Bytes {
        /// The file's name: foreign text.
        name: String,
        /// The TIFF.
        bytes: Bytes,
        /// SHA-256 of the bytes in hex, as the sender has it.
        sha256: Option<String>,
    },
    /// There are none.
    #[default]
    None,
}

/// What Telnyx tells of a fax that came in, or failed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TelnyxNotice {
    /// Whether the whole fax, or a part of it, is there.
    #[serde(default)]
    pub event: ReceptionEvent,
    /// The fax's id there.
    pub id: String,
    /// The caller's number.
    pub from: String,
    /// The number that was dialled.
    pub to: String,
    /// What the caller showed as his number.
    #[serde(default)]
    pub caller_id: Option<String>,
    /// Its status there.
    pub status: Option<String>,
    /// Why it failed (`failure_reason`).
    #[serde(default)]
    pub reason: Option<String>,
    /// Pages.
    pub page_count: Option<u32>,
    /// Seconds on the line.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Whether pages are missing.
    #[serde(default)]
    pub partial: bool,
    /// Where the pages can be fetched, when there are any.
    pub media_url: Option<String>,
    /// When it was received.
    pub created_at: Option<Timestamp>,
}

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTaken {
    /// It is stored, and a fax will be made of it.
    Accepted,
    /// This fax is known already.
    Duplicate,
}

/// A notice as it lies in the database: everything but the bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub(crate) enum Stored {
    FreeSwitch {
        notice: Box<FreeSwitchNotice>,
        file_path: Option<String>,
        file_name: Option<String>,
    },
    Telnyx {
        notice: TelnyxNotice,
    },
    /// From another number of this gateway; its pages came with it.
    OnNet {
        notice: OnNetNotice,
    },
}

/// What is told of a fax that never left the gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OnNetNotice {
    /// The uuid that its call would have had.
    pub(crate) call: CallUuid,
    /// The number that it was sent from.
    pub(crate) from: String,
    /// The number that it was sent to.
    pub(crate) to: String,
    /// Its pages: those that were handed over.
    pub(crate) pages: u32,
    /// When that was.
    pub(crate) at: Timestamp,
}
