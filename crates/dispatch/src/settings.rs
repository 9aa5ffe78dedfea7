//! How the dispatcher works.

use std::time::Duration;

/// How the dispatcher works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a claim lasts without a heartbeat.
    pub lease: Duration,
    /// How long a command may wait before it leaves; shorter than the lease.
    pub send_within: Duration,
    /// How often to look for due items when nothing wakes us.
    pub poll: Duration,
    /// Items to claim at once.
    pub batch: u32,
    /// The longest that one page may take on the line.
    pub worst_page: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            send_within: Duration::from_secs(10),
            poll: Duration::from_millis(500),
            batch: 16,
            worst_page: Duration::from_secs(120),
        }
    }
}
