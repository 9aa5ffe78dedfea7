//! `[telnyx]`

use secrecy::SecretString;
use url::Url;

use crate::section::{Check, Section, section};
use crate::units::Seconds;

section! {
    /// `[telnyx]`: sending and receiving through Telnyx' Programmable Fax API.
    pub struct Telnyx {
        /// API key (`KEY…`).
        pub api_key: Option<SecretString>,
        /// The fax application that faxes are sent from.
        pub connection_id: Option<String>,
        /// The account's Ed25519 key that webhooks are signed with, base64. `None`: Telnyx webhooks are refused.
        pub public_key: Option<String>,
        /// Another key that is taken too, while the account's is being changed.
        pub next_public_key: Option<String>,
        /// Where the API is, with or without `/v2`.
        pub base_url: Url,
        /// How long one request may take.
        pub timeout_seconds: Seconds,
        /// Faxes in the carrier's hands at the same time at most.
        pub max_channels: u32,
        /// Faxes handed over a second at most; 0 = no limit.
        pub calls_per_second: u32,
        /// Its share of the faxes against FreeSWITCH's nodes.
        pub weight: u32,
        /// How long a fax may wait at the carrier before it is on the line.
        pub patience_seconds: Seconds,
        /// How long to wait before a fax that the carrier does not list counts as never taken.
        pub settle_seconds: Seconds,
    }
}

impl Telnyx {
    /// Whether faxes can be sent through Telnyx.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.api_key.is_some()
    }
}

impl Check for Telnyx {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.connection_id.is_some() || self.api_key.is_none(),
            "connection_id",
            "is needed with telnyx.api_key: the id of the fax application that sends",
        );
        section.require(
            self.api_key.is_some() || self.connection_id.is_none(),
            "api_key",
            "is needed with telnyx.connection_id",
        );
    }
}
