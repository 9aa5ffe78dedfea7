//! `[live]`

use crate::section::{Check, Section, section};
use crate::units::Seconds;

section! {
    /// `[live]`: streams of events, server-sent and by WebSocket.
    pub struct Live {
        /// Streams that may be open at once on this node; beyond that, 503.
        pub streams: usize,
        /// Streams that one user may have open at once on this node; beyond that, 429.
        pub streams_per_user: usize,
        /// How often a stream shows that it is there, and is asked whether its client is still let in.
        pub heartbeat_seconds: Seconds,
        /// How long a client may leave unread what it is sent.
        pub patience_seconds: Seconds,
    }
}

impl Check for Live {
    fn check(&self, section: &mut Section<'_>) {
        section.within("streams", self.streams as u64, 1..=100_000);
        section.within(
            "streams_per_user",
            self.streams_per_user as u64,
            1..=100_000,
        );
        section.within("heartbeat_seconds", self.heartbeat_seconds.get(), 1..=300);
        section.within("patience_seconds", self.patience_seconds.get(), 1..=300);
    }
}
