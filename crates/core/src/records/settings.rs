//! What an operator chooses about records.

use std::time::Duration;

use secrecy::SecretString;

/// What an operator chooses about records.
#[derive(Clone, Debug)]
pub struct RecordSettings {
    /// The secret that ends of audit chains are sealed with; `None`: they are not sealed.
    pub seal: Option<SecretString>,
    /// The login that runs this process by hand, for the audit log; `None`: it is the gateway itself.
    pub console: Option<String>,
    /// How long what can be removed is kept, where a tenant has not its own times.
    pub keep: Keep,
    /// How long a tenant that is to be erased stays as it is.
    pub erase_after: Duration,
}

/// How long documents and pages are kept, in days; 0: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Those of faxes that were sent.
    pub sent: u32,
    /// Those of faxes that failed or were canceled.
    pub failed: u32,
    /// Those of faxes that came in.
    pub received: u32,
    /// Uploads that were never sent.
    pub unsent: u32,
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self {
            seal: None,
            console: None,
            keep: Keep {
                sent: 30,
                failed: 7,
                received: 30,
                unsent: 7,
            },
            erase_after: Duration::from_secs(7 * 24 * 3600),
        }
    }
}
