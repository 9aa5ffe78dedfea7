//! Noticing a peer that is gone without having said so.

use std::time::Duration;

/// How long a connection may be silent before it counts as dead.
///
/// After `idle` without a byte from FreeSWITCH, and with nothing under way, the connection sends a probe: `nolog`,
/// a verb of the socket itself, always answered at once, that changes nothing for a client which reads no log.
/// If nothing at all arrives within `answer` the connection ends with [`Error::is_silent`](crate::Error::is_silent).
/// By default that notices a half-open connection in 8 seconds. While a command of the caller's is being executed
/// nothing else is answered (FreeSWITCH runs the commands of one connection one after the other), so `patience`
/// takes the place of `answer`: raise it on a connection for slow commands.
///
/// On Linux `connect` also sets `TCP_USER_TIMEOUT` and TCP keep-alive to `idle + answer`, so that a lost *machine* is
/// noticed as fast even while a slow command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    /// Silence after which a probe is sent.
    pub idle: Duration,
    /// Further silence after which an unanswered probe means that the peer is gone.
    pub answer: Duration,
    /// Silence that is allowed while a command is being executed.
    pub patience: Duration,
}

impl Default for Liveness {
    /// 3, 5 and 5 seconds.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(3),
            answer: Duration::from_secs(5),
            patience: Duration::from_secs(5),
        }
    }
}
