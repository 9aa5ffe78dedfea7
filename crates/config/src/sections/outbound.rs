//! `[outbound]`

use ipnet::IpNet;

use crate::section::{Check, Section, section};
use crate::units::Seconds;

section! {
    /// `[outbound]`: requests to addresses that others give us.
    pub struct Outbound {
        /// Networks that are reached although they are not public.
        pub allow_nets: Vec<IpNet>,
        /// How long one request may take in all.
        pub timeout_seconds: Seconds,
        /// Largest body read, bytes.
        pub max_bytes: u64,
    }
}

impl Check for Outbound {
    fn check(&self, section: &mut Section<'_>) {
        section.within("timeout_seconds", self.timeout_seconds.get(), 1..=600);
        section.within("max_bytes", self.max_bytes, 1024..=1 << 30);
    }
}
