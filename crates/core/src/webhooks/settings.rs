//! What operators set about webhooks that leave us.

use std::time::Duration;

use faxgate_webhooks::Schedule;

/// What operators set about webhooks that leave us.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Whether endpoints may be `http`; `https` only otherwise.
    pub allow_http: bool,
    /// How long one try may take in all.
    pub timeout: Duration,
    /// Endpoints that a tenant may have.
    pub most_endpoints: u32,
    /// Tries of one endpoint at once, over all nodes.
    pub endpoint_at_once: u32,
    /// Tries of all endpoints at once, on this node.
    pub at_once: u32,
    /// The waits between tries.
    pub schedule: Schedule,
    /// An endpoint that did nothing but fail for so long is sent nothing any more.
    pub disable_after: Duration,
    /// How long deliveries are kept; `None`: for ever.
    pub log_lasts: Option<Duration>,
    /// How long the former secret signs as well after a change, unless the change says otherwise.
    pub overlap: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_http: false,
            timeout: Duration::from_secs(15),
            most_endpoints: 20,
            endpoint_at_once: 4,
            at_once: 64,
            schedule: Schedule::default(),
            disable_after: 5 * DAY,
            log_lasts: Some(30 * DAY),
            overlap: DAY,
        }
    }
}
