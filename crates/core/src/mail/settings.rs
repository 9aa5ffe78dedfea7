//! What the gateway's operator sets about mail.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use faxgate_mail::{Limits, RelayConfig};
use faxgate_types::EmailAddress;

/// What the gateway's operator sets about mail.
#[derive(Clone, Debug, Default)]
pub struct MailSettings {
    /// The way out; `None`: no notices are made.
    pub out: Option<MailOut>,
    /// The way in; `None`: nothing is taken.
    pub intake: Option<MailIntake>,
    /// Where the API can be reached from outside, without a slash at the end: links in mail begin with it.
    pub public_url: Option<String>,
}

/// The way out.
#[derive(Clone, Debug)]
pub struct MailOut {
    /// The mail server that takes our messages.
    pub relay: RelayConfig,
    /// Whom messages come from.
    pub from: EmailAddress,
    /// How long to wait after the first failure, the second, …; after the last one a message is given up.
    pub retry: Vec<Duration>,
    /// Documents of more bytes are linked, not attached, whatever a tenant chose.
    pub attach_most_bytes: u64,
    /// How long links are good.
    pub links_last: Duration,
}

/// The way in.
#[derive(Clone, Debug)]
pub struct MailIntake {
    /// The domain of the addresses: `NUMBER@domain`, `NUMBER@tenant.domain`.
    pub domain: String,
    /// The maildir that is looked at, if one is.
    pub maildir: Option<PathBuf>,
    /// How large a message may be, and how many documents it may have.
    pub limits: Limits,
    /// The mail server that must vouch for senders in its Authentication-Results; `None`: none has to, and a token is needed.
    pub vouched_by: Option<String>,
    /// Faxes that a user may send by mail in an hour, where the tenant has no number of its own; `None`: any number.
    pub sends_an_hour: Option<NonZeroU32>,
}
