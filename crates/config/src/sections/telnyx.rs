//! `[telnyx]`

use secrecy::SecretString;
use url::Url;

use crate::section::{Check, Section, section};

section! {
    /// `[telnyx]`: sending and receiving through Telnyx' Programmable Fax API.
    pub struct Telnyx {
        /// API key (`KEY…`).
        pub api_key: Option<SecretString>,
        /// The fax application that faxes are sent from.
        pub connection_id: Option<String>,
        /// The account's Ed25519 key that webhooks are signed with, base64. `None`: Telnyx webhooks are refused.
        pub public_key: Option<String>,
        /// Where the API is.
        pub base_url: Url,
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
