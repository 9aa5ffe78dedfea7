//! `[webhook]`

use secrecy::{ExposeSecret as _, SecretString};

use crate::section::{Check, Section, section};

section! {
    /// `[webhook]`: notices of inbound faxes and records of calls that come by HTTP.
    pub struct Webhook {
        /// Key of the HMAC in `X-Webhook-Signature`. `None`: the webhook answers 403.
        pub inbound_secret: Option<SecretString>,
        /// Whether unsigned notices are taken from loopback addresses.
        pub allow_unsigned: bool,
        /// User of `mod_json_cdr`'s `cred`. `None`: the CDR webhook answers 403.
        pub cdr_username: Option<String>,
        /// Its password, at least 16 bytes.
        pub cdr_password: Option<SecretString>,
    }
}

impl Check for Webhook {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.cdr_username.is_some() == self.cdr_password.is_some(),
            if self.cdr_username.is_some() {
                "cdr_password"
            } else {
                "cdr_username"
            },
            "is needed as well: json_cdr's `cred` is both",
        );
        if let Some(name) = &self.cdr_username {
            section.require(
                !name.contains(':'),
                "cdr_username",
                "must not hold a colon (RFC 7617)",
            );
        }
        if let Some(password) = &self.cdr_password {
            section.require(
                password.expose_secret().len() >= 16,
                "cdr_password",
                "is shorter than 16 bytes; make one with: openssl rand -hex 24",
            );
        }
    }
}
