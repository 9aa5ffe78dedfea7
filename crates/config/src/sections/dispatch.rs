//! `[dispatch]`

use crate::section::{Check, Section, section};
use crate::units::{Milliseconds, Seconds};

section! {
    /// `[dispatch]`: how queue items are claimed and watched.
    pub struct Dispatch {
        /// How often the queue is looked at when nothing wakes the dispatcher.
        pub poll_interval_ms: Milliseconds,
        /// How long a claim holds without being renewed.
        pub lease_seconds: Seconds,
        /// How long after the claim the call may still be placed; shorter than the lease.
        pub send_by_seconds: Seconds,
        /// Queue items claimed at once.
        pub batch: u32,
        /// Of a line's calls at once, and of those that a tenant may have, so many in a hundred may be bulk, but always one.
        pub bulk_percent: u32,
        /// The longest a page may take on the line; bounds each call.
        pub worst_case_page_seconds: Seconds,
    }
}

impl Check for Dispatch {
    fn check(&self, section: &mut Section<'_>) {
        section.within("poll_interval_ms", self.poll_interval_ms.get(), 10..=60_000);
        section.within("lease_seconds", self.lease_seconds.get(), 2..=3600);
        section.within("send_by_seconds", self.send_by_seconds.get(), 1..=3599);
        section.require(
            self.send_by_seconds < self.lease_seconds,
            "send_by_seconds",
            "must be shorter than dispatch.lease_seconds: a node that wakes up late must not dial what another has taken over",
        );
        section.within("batch", self.batch.into(), 1..=1000);
        section.within("bulk_percent", self.bulk_percent.into(), 1..=100);
        section.within(
            "worst_case_page_seconds",
            self.worst_case_page_seconds.get(),
            30..=1800,
        );
    }
}
