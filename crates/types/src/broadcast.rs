//! States of a broadcast and of its recipients.

use crate::state::words;

words! {
    /// The state of a broadcast: one document to many recipients.
    BroadcastState, "state of a broadcast" {
        /// Recipients are still being gathered; nothing goes out.
        Draft = "draft",
        /// It starts at its time.
        Scheduled = "scheduled",
        /// Its faxes are being made and sent.
        Running = "running",
        /// Somebody set it aside: nothing is made, nothing is dialled.
        Paused = "paused",
        /// Every recipient has come to an end.
        Completed = "completed",
        /// Somebody stopped it; calls on the line end.
        Canceled = "canceled",
        /// It could not be sent at all: its document cannot be faxed, or is gone.
        Failed = "failed",
    }
}

impl BroadcastState {
    /// Whether recipients may still be added.
    #[must_use]
    pub const fn takes_recipients(self) -> bool {
        matches!(self, Self::Draft | Self::Scheduled)
    }

    /// Whether nothing more will be made of it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled | Self::Failed)
    }
}

words! {
    /// The state of a recipient of a broadcast.
    RecipientState, "state of a recipient" {
        /// Its fax is not made yet.
        Waiting = "waiting",
        /// Its fax waits for a line, or for its next try.
        Queued = "queued",
        /// Its fax is on the line, or about to be.
        Sending = "sending",
        /// Every page arrived.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
        /// No fax was made for it: it must not be faxed, or may not.
        Skipped = "skipped",
        /// Somebody stopped it.
        Canceled = "canceled",
        /// Nobody knows whether it arrived; a person decides.
        Unknown = "unknown",
    }
}

impl RecipientState {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Queued | Self::Sending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_reads_back_what_it_wrote() {
        for state in BroadcastState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
            assert!(!(state.takes_recipients() && state.is_final()));
        }
        for state in RecipientState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        assert!("sleeping".parse::<BroadcastState>().is_err());
    }
}
