//! How a double is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use faxgate_types::Ambient;

use crate::options::Pace;

/// How a double is set up. Everything but `listen` has a useful default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where it listens, loopback only; port 0 takes any free one (see [`super::TelnyxDouble::addr`]).
    pub listen: SocketAddr,
    /// The one API key that it takes.
    pub api_key: String,
    /// The id of the fax application that exists at the start: the `connection_id` of its faxes.
    pub connection_id: String,
    /// Where that application's webhooks go; `None`: nowhere, until the application is changed.
    pub webhook_url: Option<String>,
    /// Where a webhook goes that `webhook_url` did not take.
    pub failover_url: Option<String>,
    /// Numbers that the account has and that are attached to the application: a fax to one of them arrives there.
    pub numbers: Vec<String>,
    /// Numbers that can be found and ordered; empty: a made-up stock in several area codes.
    pub stock: Vec<String>,
    /// The Ed25519 key that signs webhooks (RFC 8032's 32 secret bytes).
    pub signing_seed: [u8; 32],
    /// How fast faxes travel and orders are carried out.
    pub pace: Pace,
    /// The call log, JSON lines, appended; `None` keeps it in memory alone.
    pub call_log: Option<PathBuf>,
    /// A folder for the documents that arrived at the far end (`FAX_ID.pdf`, `FAX_ID.tif`); `None` keeps them in memory alone.
    pub delivered_to: Option<PathBuf>,
    /// How long a `media_url` of an inbound fax works (Telnyx: 10 minutes), by the clock of `ambient`.
    pub link_lifetime: Duration,
    /// How long it waits for the answer to a webhook (Telnyx: 2 s).
    pub webhook_timeout: Duration,
    /// Tries of a webhook for each of the two addresses (Telnyx: about 3).
    pub webhook_tries: u32,
    /// Requests a minute before 429 (`x-ratelimit-limit`).
    pub requests_per_minute: u32,
    /// Outbound faxes in process at once before 429 (Telnyx: 2000).
    pub max_faxes: usize,
    /// Clock and randomness.
    pub ambient: Ambient,
}

impl Options {
    /// The defaults of `faxgate simulate --telnyx`, on this address.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            api_key: "KEY0123456789ABCDEF_simulated".to_owned(),
            connection_id: "1293384261075731499".to_owned(),
            webhook_url: None,
            failover_url: None,
            numbers: Vec::new(),
            stock: Vec::new(),
            signing_seed: *b"a simulated carrier, no secret !",
            pace: Pace::Fast,
            call_log: None,
            delivered_to: None,
            link_lifetime: Duration::from_secs(600),
            webhook_timeout: Duration::from_secs(2),
            webhook_tries: 3,
            requests_per_minute: 100_000,
            max_faxes: 2000,
            ambient: Ambient::system(),
        }
    }
}
