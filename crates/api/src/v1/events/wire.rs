//! What a stream is written to.

use faxgate_core::PublicEvent;

/// The client is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The gateway stops.
    Stopping,
    /// The token was revoked or has expired, or the user is let into the tenant no longer.
    Forbidden,
    /// The log cannot be read.
    Trouble,
    /// The client does not do as the protocol says.
    Protocol(&'static str),
}

impl End {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Stopping => "the gateway stops; connect again",
            Self::Forbidden => "you are let in no longer",
            Self::Trouble => "the events cannot be read just now; connect again",
            Self::Protocol(what) => what,
        }
    }
}

/// A connection to a client. Writing waits while the client does not read.
pub(super) trait Wire {
    /// Writes an event.
    async fn event(&mut self, event: &PublicEvent) -> Result<(), Gone>;

    /// Writes something that tells nothing, so that both sides know the other is there.
    async fn heartbeat(&mut self) -> Result<(), Gone>;

    /// Resolves when the client is gone, or is to go. When it is dropped half-way, nothing is lost.
    async fn over(&mut self) -> Result<End, Gone>;

    /// Says why the stream ends.
    async fn end(self, end: End);
}
