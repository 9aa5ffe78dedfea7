//! `[mail]`

use std::net::SocketAddr;
use std::path::PathBuf;

use faxgate_types::EmailAddress;
use secrecy::SecretString;
use toml::Value;

use crate::section::{Check, Section, choice, section};
use crate::setting::{Setting, shown};
use crate::units::{Days, Seconds};

choice! {
    /// How the connection to the mail server is kept from being read.
    pub enum MailSecurity {
        /// STARTTLS, or nothing is sent.
        StartTls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// In the clear.
        None = "none",
    }
}

section! {
    /// `[mail]`: notices about faxes, and faxes that come as mail.
    pub struct Mail {
        /// The mail server that takes notices. `None`: none are sent.
        pub smtp_host: Option<String>,
        /// Its port.
        pub smtp_port: u16,
        /// How the connection to it is kept from being read.
        pub smtp_security: MailSecurity,
        /// The user there, if it wants one.
        pub smtp_username: Option<String>,
        /// That user's password.
        pub smtp_password: Option<SecretString>,
        /// A certificate (PEM) that is trusted besides those of the system.
        pub smtp_certificate: Option<PathBuf>,
        /// How long handing over one message may take.
        pub smtp_timeout_seconds: Seconds,
        /// Whom notices come from.
        pub from: Option<EmailAddress>,
        /// How long to wait after each failure; after the last one a message is given up.
        pub retry_seconds: Vec<Seconds>,
        /// Documents of more bytes are linked, not attached.
        pub attach_limit_bytes: u64,
        /// How long links in mail are good.
        pub link_days: Days,
        /// The domain of the addresses that stand for numbers.
        pub intake_domain: Option<String>,
        /// A maildir that a mail server delivers into.
        pub intake_maildir: Option<PathBuf>,
        /// Where Faxgate itself takes mail from a mail server.
        pub intake_listen: Option<SocketAddr>,
        /// Whether that may be an address that other machines reach.
        pub intake_listen_remote: bool,
        /// Bytes that a message may have.
        pub intake_limit_bytes: u64,
        /// Documents that a message may have.
        pub intake_max_documents: u32,
        /// The mail server whose Authentication-Results must vouch for senders. `None`: none has to, and a token is needed.
        pub intake_vouched_by: Option<String>,
    }
}

impl Setting for EmailAddress {
    fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().unwrap_or_default();
        text.parse()
            .map_err(|_| format!("{} is not an address such as fax@example.com", shown(value)))
    }
}

impl Check for Mail {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.from.is_some() || self.smtp_host.is_none(),
            "from",
            "is needed with mail.smtp_host: whom notices come from",
        );
        section.require(
            self.smtp_username.is_some() == self.smtp_password.is_some(),
            if self.smtp_username.is_some() {
                "smtp_password"
            } else {
                "smtp_username"
            },
            "is needed as well",
        );
        section.require(
            self.smtp_password.is_none() || self.smtp_security != MailSecurity::None,
            "smtp_security",
            "must not be \"none\" where a password goes over the connection",
        );
        section.require(
            self.intake_domain.is_some()
                || (self.intake_maildir.is_none() && self.intake_listen.is_none()),
            "intake_domain",
            "is needed with mail.intake_maildir and mail.intake_listen: numbers are addressed as NUMBER@domain",
        );
        let local = self
            .intake_listen
            .is_none_or(|address| address.ip().is_loopback());
        section.require(
            local || self.intake_listen_remote,
            "intake_listen",
            "must be a loopback address, for this door has no TLS and asks for no password; where only your mail servers reach \
             it, set mail.intake_listen_remote = true",
        );
        if let Some(domain) = &self.intake_domain {
            let fine = format!("fax@{domain}").parse::<EmailAddress>().is_ok();
            section.require(
                fine,
                "intake_domain",
                "is not a domain such as fax.example.com",
            );
        }
        section.require(
            self.link_days.get().is_some(),
            "link_days",
            "must not be 0: links in mail end some day",
        );
        section.within("attach_limit_bytes", self.attach_limit_bytes, 0..=1 << 26);
        section.within(
            "intake_limit_bytes",
            self.intake_limit_bytes,
            1024..=1 << 28,
        );
        section.within(
            "intake_max_documents",
            u64::from(self.intake_max_documents),
            1..=1000,
        );
    }
}
