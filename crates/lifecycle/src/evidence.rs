//! What can be seen of a call, from whichever witness.

use faxgate_types::{CarrierReason, FaxCode, HangupCause, Witness};

/// Something that was seen of an attempt. The same thing may be seen twice, late, or by several witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The writer kept the command back (too late, or no connection): certainly not sent.
    NotSent,
    /// The command could not be made, or its pages not be handed over: our own fault, and certainly not sent.
    CannotSend,
    /// FreeSWITCH took the command (`+OK Job-UUID`): no proof that it ran. Or, when the carrier is the witness, it took the
    /// fax (202, with its id): that is one.
    Accepted,
    /// FreeSWITCH refused the command itself (`-ERR` as command reply): it never ran.
    Refused,
    /// The far end rings.
    Ringing,
    /// The channel was answered; also the job's `+OK`.
    Answered,
    /// The fax machines agreed on how to talk.
    Negotiated,
    /// The far end confirmed a page of this call: so many by now.
    Page {
        /// Pages confirmed in this call.
        transferred: u32,
    },
    /// The job failed before anybody answered.
    JobFailed(HangupCause),
    /// The fax ended (`txfaxresult`); the channel may still be up.
    Result(FaxResult),
    /// The channel is gone (`CHANNEL_HANGUP_COMPLETE`, or the call's CDR, which is the truth).
    HungUp(HangUp),
    /// A carrier's API told how the fax ended, by its answer, by a webhook, or when it was asked.
    Carrier(CarrierEnd),
    /// The channel is gone and left a CDR that can never be read: half of one, after FreeSWITCH's machine lost its power.
    Illegible,
    /// Whoever had taken the call knows nothing of it any more.
    Vanished,
    /// The carrier tells of a fax that had been given up as never taken.
    Surfaced,
    /// FreeSWITCH knows the channel, or the carrier the fax.
    Alive,
    /// FreeSWITCH does not know the channel, and no CDR of it was found afterwards; or the carrier lists no such fax.
    Absent {
        /// Whether it is still the FreeSWITCH that the command was meant for.
        core: Core,
        /// Whether a command of ours may still leave: `false` once the send-by deadline has passed.
        may_still_leave: bool,
    },
    /// The call's UUID is taken by a channel that goes nowhere, and there is still no CDR; or the carrier does not list the fax
    /// long after the last moment at which it could have been sent: nothing will bring it to life.
    Fenced {
        /// Whether it is still the FreeSWITCH that the command was meant for, after the UUID was taken.
        core: Core,
    },
    /// The UUID could not be taken, because the call lives.
    FenceRefused,
    /// The call has outlived the longest time it could need.
    Overdue,
    /// Nobody has the line any more, and nobody can be asked, long after the call must have ended.
    Abandoned,
    /// FreeSWITCH took a command to end the call (`+OK` to `uuid_kill`). No proof that the channel goes.
    Killed,
    /// Somebody asked to cancel.
    CancelRequested,
}

impl Evidence {
    /// Who usually tells this. A CDR brings the same [`Evidence::HungUp`] as an event: see [`Attempt::on_from`](crate::Attempt::on_from).
    #[must_use]
    pub const fn usual_witness(&self) -> Witness {
        match self {
            Self::NotSent | Self::CannotSend | Self::Accepted | Self::Refused | Self::Killed => {
                Witness::Reply
            }
            Self::JobFailed(_) => Witness::Job,
            Self::Illegible => Witness::CdrFile,
            Self::Carrier(_) | Self::Vanished | Self::Surfaced => Witness::Carrier,
            Self::Alive | Self::Absent { .. } | Self::Overdue | Self::Abandoned => Witness::Probe,
            Self::Fenced { .. } | Self::FenceRefused => Witness::Fence,
            Self::Ringing
            | Self::Answered
            | Self::Negotiated
            | Self::Page { .. }
            | Self::Result(_)
            | Self::HungUp(_)
            | Self::CancelRequested => Witness::Event,
        }
    }
}

/// Whether FreeSWITCH's `core_uuid` is the one written down with the intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// The same process; it remembers every session it had.
    Same,
    /// Another process: what the old one was doing is gone with it.
    Changed,
}

/// SpanDSP's result of a fax (`fax_success`, `fax_result_code`, `fax_document_transferred_pages`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaxResult {
    /// Whether every page from the start page on was confirmed.
    pub success: bool,
    /// SpanDSP's completion code.
    pub code: FaxCode,
    /// Pages confirmed in this call, not counting those before its start page.
    pub transferred: u32,
    /// Whether the machines had agreed on how to talk; from then on a page may be on the far paper.
    pub negotiated: bool,
    /// Whether T.38 was really negotiated (`fax_t38_status`), when that is told.
    pub t38: Option<bool>,
    /// Whether errors were corrected (`fax_ecm_used`), when that is told.
    pub ecm: Option<bool>,
    /// The last speed in bit/s (`fax_transfer_rate`), when machines negotiated.
    pub rate: Option<u32>,
}

impl FaxResult {
    /// A result of which no more is known; with pages confirmed, machines must have negotiated.
    #[must_use]
    pub const fn new(success: bool, code: FaxCode, transferred: u32) -> Self {
        Self {
            success,
            code,
            transferred,
            negotiated: success || transferred > 0,
            t38: None,
            ecm: None,
            rate: None,
        }
    }
}

/// The end of a fax that a carrier sends for us: it tells of the whole, and of no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierEnd {
    /// Every page that it was given was confirmed.
    Delivered,
    /// It failed, or was never taken; the reason says whether pages may be on the far paper.
    Failed(CarrierReason),
}

/// The end of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HangUp {
    /// The cause.
    pub cause: HangupCause,
    /// Whether it had been answered.
    pub answered: bool,
    /// The fax's result, when a fax engine ever ran.
    pub fax: Option<FaxResult>,
}
