//! `[webhooks_out]`

use crate::section::{Check, Section, section};
use crate::units::{Days, Seconds};

section! {
    /// `[webhooks_out]`: how tenants' own programs are told of events. (`[webhook]` is about notices that come in.)
    pub struct WebhooksOut {
        /// Whether endpoints may be `http`.
        pub allow_http: bool,
        /// How long one try may take in all.
        pub timeout_seconds: Seconds,
        /// Endpoints that a tenant may have.
        pub max_endpoints: u32,
        /// Tries of one endpoint at once.
        pub endpoint_at_once: u32,
        /// Tries of all endpoints at once, on each node.
        pub at_once: u32,
        /// Waits after the first failure, the second, and so on.
        pub retry_seconds: Vec<Seconds>,
        /// Days of nothing but failure after which an endpoint is disabled.
        pub disable_after_days: u32,
        /// How long deliveries are kept.
        pub log_days: Days,
        /// How long the former secret signs as well after a change.
        pub secret_overlap_seconds: Seconds,
    }
}

impl Check for WebhooksOut {
    fn check(&self, section: &mut Section<'_>) {
        section.within("timeout_seconds", self.timeout_seconds.get(), 1..=60);
        section.within("max_endpoints", self.max_endpoints.into(), 1..=1000);
        section.within("endpoint_at_once", self.endpoint_at_once.into(), 1..=100);
        section.within("at_once", self.at_once.into(), 1..=1000);
        section.within("retry_seconds", self.retry_seconds.len() as u64, 0..=30);
        section.within(
            "disable_after_days",
            self.disable_after_days.into(),
            1..=365,
        );
        section.within(
            "secret_overlap_seconds",
            self.secret_overlap_seconds.get(),
            0..=604_800,
        );
    }
}
