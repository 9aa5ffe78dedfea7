//! How a simulator is set up.

mod pace;
mod push;
mod records;
mod version;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use faxgate_types::Ambient;

pub use pace::Pace;
pub use push::{InboundPush, PushShape};
pub use records::{Credentials, RecordBody, RecordPost, Records};
pub use version::Version;

use crate::scenario::Scenarios;

/// How a simulator is set up. Everything but `listen` and `spool` has a useful default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where the Event Socket listens; port 0 takes any free one (see [`crate::Simulator::addr`]).
    pub listen: SocketAddr,
    /// The password of `auth`; `ClueCon` unless changed, as FreeSWITCH's own default.
    pub password: String,
    /// The spool: CDRs go to `cdr/`, inbound faxes to `rx/`, what far machines received to `far/`. Made when missing.
    pub spool: PathBuf,
    /// The call log, appended to; `None` writes none.
    pub call_log: Option<PathBuf>,
    /// How fast simulated time passes.
    pub pace: Pace,
    /// The numbers that come back as inbound faxes, in any way of writing.
    pub dids: Vec<String>,
    /// What happens to which number.
    pub scenarios: Scenarios,
    /// The gateways that exist; empty means every name does.
    pub gateways: Vec<String>,
    /// `max-sessions`: channels at once (FreeSWITCH ships 1000).
    pub max_sessions: u32,
    /// `sessions-per-second`; FreeSWITCH ships 30, which a fast pace would run into at once, so 10,000 here.
    pub sessions_per_second: u32,
    /// How often `HEARTBEAT` is sent (FreeSWITCH: 20 s).
    pub heartbeat: Duration,
    /// Events that wait for one connection before more are lost (`MAX_QUEUE_LEN` of mod_event_socket: 100,000).
    pub event_queue: usize,
    /// Refuse every connection as an ACL does: `text/rude-rejection`.
    pub rude: bool,
    /// Which FreeSWITCH it is.
    pub version: Version,
    /// Where CDRs go, and how they are written.
    pub records: Records,
    /// Where inbound faxes are told of, as our FreeSWITCH configuration's hook does; `None` tells nobody.
    pub inbound_push: Option<InboundPush>,
    /// The control channel: a loopback address that takes a command a line (see the README); `None` opens none.
    pub control: Option<SocketAddr>,
    /// Also write a `page` line to the call log for each page, so that it tells the truth even when the simulator's
    /// own process is killed.
    pub log_pages: bool,
    /// Shuffles what has no fixed order on a real switch, repeatably for each call: the job's answer and the hang-up,
    /// the length of steps. `None` keeps one order.
    pub seed: Option<u64>,
    /// An event of a call that no client placed comes in between this often; `None`: there are no such calls.
    pub strangers: Option<Duration>,
    /// Clock and randomness.
    pub ambient: Ambient,
}

impl Options {
    /// The defaults of `faxgate simulate`, with this address and spool.
    #[must_use]
    pub fn new(listen: SocketAddr, spool: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            password: "ClueCon".to_owned(),
            spool: spool.into(),
            call_log: None,
            pace: Pace::Fast,
            dids: Vec::new(),
            scenarios: Scenarios::default(),
            gateways: Vec::new(),
            max_sessions: 1000,
            sessions_per_second: 10_000,
            heartbeat: Duration::from_secs(20),
            event_queue: 100_000,
            rude: false,
            version: Version::default(),
            records: Records::default(),
            inbound_push: None,
            control: None,
            log_pages: false,
            seed: None,
            strangers: None,
            ambient: Ambient::system(),
        }
    }
}
