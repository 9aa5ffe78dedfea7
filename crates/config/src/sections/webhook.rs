//! `[webhook]`

use secrecy::SecretString;

use crate::section::{Check, Section, section};

section! {
    /// `[webhook]`: notices of inbound faxes that come by HTTP.
    pub struct Webhook {
        /// Key of the HMAC in `X-Webhook-Signature`. `None`: the webhook answers 403.
        pub inbound_secret: Option<SecretString>,
        /// Whether unsigned notices are taken from loopback addresses.
        pub allow_unsigned: bool,
    }
}

impl Check for Webhook {
    fn check(&self, _section: &mut Section<'_>) {}
}
