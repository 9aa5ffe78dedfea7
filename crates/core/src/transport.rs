//! The port through which calls are placed, whatever is behind it.

use std::time::Duration;

use async_trait::async_trait;
use faxgate_lifecycle::{Core, Evidence};
use faxgate_types::{
    AttemptId, CallUuid, CarrierReason, E164, LineSettings, Resolution, SinceBoot, TenantId,
    Witness,
};

use crate::header::HeaderLine;

/// A line on which faxes can be sent: one FreeSWITCH, or a carrier's API.
///
/// Every answer is about certainty. *Not sent* and *refused* are proofs; *unclear* is not.
#[async_trait]
pub trait Transport: Send + Sync {
    /// The lane's name, stable over restarts.
    fn name(&self) -> &str;

    /// Whether it can take calls now; then the `core_uuid` of who would place them.
    fn core(&self) -> Option<String>;

    /// Who speaks when a probe or a fence answers; `None`: FreeSWITCH, of its channels.
    fn witness(&self) -> Option<Witness> {
        None
    }

    /// How often it may be spoken to about one call.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// Places a call, if that can still be done before the order's deadline.
    async fn place(&self, order: &CallOrder) -> Placed;

    /// Ends a call. `true` once the other side has taken the request.
    async fn kill(&self, call: CallUuid) -> bool;

    /// Asks whether the call lives; if not, looks for what it left behind.
    async fn probe(&self, call: CallUuid, core: &str) -> Probe;

    /// Sees to it that the call can never come to be, or makes sure that it never did and cannot any more. `core` is who was
    /// to place it.
    async fn fence(&self, call: CallUuid, core: &str) -> Fence;

    /// The call is settled and committed: its traces may go.
    async fn forget(&self, call: CallUuid);
}

/// How often a line may be spoken to about one call. What it is by default suits a FreeSWITCH nearby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long to wait before a call is asked for of which nothing was ever heard.
    pub ask_every: Duration,
    /// The same, once the line has told something of the call by itself.
    pub after_news: Duration,
    /// How long to wait, once a kill was taken, before the next; each time longer. Zero: whenever the call is seen alive.
    pub kill_again: Duration,
    /// The longest wait before a line is asked again that could not be. The waits grow from one second to it.
    pub away: Duration,
}

impl Default for Pace {
    /// 20 s, whether there was news or not; a kill as often as it takes; a line that is away each second.
    fn default() -> Self {
        Self {
            ask_every: Duration::from_secs(20),
            after_news: Duration::from_secs(20),
            kill_again: Duration::ZERO,
            away: Duration::from_secs(1),
        }
    }
}

/// A call to place.
#[derive(Clone, Debug)]
pub struct CallOrder {
    /// The call leg's uuid, chosen by us and written down before.
    pub call: CallUuid,
    /// The attempt, as it comes back in every event.
    pub attempt: AttemptId,
    /// Whose fax it is.
    pub tenant: TenantId,
    /// Whom to call.
    pub destination: E164,
    /// Who calls: the sending DID.
    pub sender: E164,
    /// The name that the call shows beside the number, when the number has one.
    pub caller_name: Option<String>,
    /// Where the fax pages are.
    pub pages_key: String,
    /// A name for them on the lane's disk, the same for every call of the fax.
    pub file_name: String,
    /// The first page to send, 0-based.
    pub start_page: u32,
    /// Pages of the whole fax, those before `start_page` included.
    pub total_pages: u32,
    /// How finely the pages were made.
    pub resolution: Resolution,
    /// The header line.
    pub header: HeaderLine,
    /// What of the line's own settings the call may use.
    pub settings: LineSettings,
    /// The longest that the call may last once it is answered.
    pub longest: Duration,
    /// From this moment on the command may no longer leave this machine.
    pub send_by: SinceBoot,
}

/// What became of an order to place a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was taken.
    Accepted,
    /// It was refused; no call was placed.
    Refused(String),
    /// It was refused, for a reason that the carrier names; no call was placed.
    Declined {
        /// The reason.
        reason: CarrierReason,
        /// How long the carrier asks to be left alone at least.
        wait: Duration,
    },
    /// It certainly did not leave: too late, or no connection.
    NotSent(String),
    /// It cannot be made at all: the pages or a number cannot be handed over. Our own fault; nothing left.
    Impossible(String),
    /// It may have left.
    Unclear,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The call lives.
    Alive,
    /// It lives, and has come this far.
    Lives(CallEvent),
    /// It does not, and left this behind.
    Record(CallEvent),
    /// It does not, and left nothing.
    Absent(Core),
    /// Nobody could be asked.
    Unreachable,
}

/// What became of a fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fence {
    /// The uuid is taken by a channel that goes nowhere, and no record of the call was found afterwards; or nothing can bring
    /// the call to life for another reason.
    Taken(Core),
    /// The uuid was free, but there is a record: the call had been.
    Record(CallEvent),
    /// The call lives.
    Refused,
    /// Nobody could be asked.
    Unreachable,
}

/// Something that was seen of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// The call.
    pub call: CallUuid,
    /// What was seen.
    pub evidence: Evidence,
    /// Who told.
    pub by: Witness,
    /// Seconds from answer to now, or to the end.
    pub seconds: Option<u32>,
    /// What the far fax machine calls itself: foreign text, at most 40 printable characters.
    pub remote_station_id: Option<String>,
}
