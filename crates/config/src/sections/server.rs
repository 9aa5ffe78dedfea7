//! `[server]`

use std::net::SocketAddr;

use ipnet::IpNet;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::section::{Check, Section, choice, section};
use crate::units::Seconds;

choice! {
    /// How log lines are written.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line, for collectors.
        Json = "json",
    }
}

section! {
    /// `[server]`: where Faxgate listens and how it runs.
    pub struct Server {
        /// Address and port of the API and the admin pages.
        pub listen: SocketAddr,
        /// How others reach Faxgate, for links in webhooks and pages.
        pub public_url: Option<Url>,
        /// Proxies of the operator's, which tell whom they speak for.
        pub trusted_proxies: Vec<IpNet>,
        /// Key for sessions and signed links, at least 16 bytes. `None`: one is made at start, so sessions end with the process.
        pub secret: Option<SecretString>,
        /// Largest document taken, bytes.
        pub upload_limit_bytes: u64,
        /// Web worker threads; 0 = one a core.
        pub workers: usize,
        /// How long a stop waits for requests and calls in hand.
        pub shutdown_seconds: Seconds,
        /// How log lines are written.
        pub log_format: LogFormat,
        /// What is logged, as a `tracing` filter such as `info,faxgate_esl=debug`.
        pub log_filter: String,
    }
}

impl Check for Server {
    fn check(&self, section: &mut Section<'_>) {
        if let Some(secret) = &self.secret {
            section.require(
                secret.expose_secret().len() >= 16,
                "secret",
                "is shorter than 16 bytes; make one with: openssl rand -hex 32",
            );
        }
        section.within(
            "upload_limit_bytes",
            self.upload_limit_bytes,
            1024..=1 << 30,
        );
        section.within("workers", self.workers as u64, 0..=1024);
    }
}
