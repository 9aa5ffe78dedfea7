//! A line, with its limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use faxgate_core::{ClaimScope, Transport};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A line on which faxes are sent: the transport, and how much of it we may use.
pub struct Lane {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) scope: ClaimScope,
    /// How long to let it ring.
    pub(crate) ringing: Duration,
    channels: Arc<Semaphore>,
    spacing: Option<Duration>,
    next_call: Mutex<Instant>,
}

impl Lane {
    /// A line of `channels` calls at once and `calls_per_second` new ones (0: no limit), which takes the faxes of `scope`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        scope: ClaimScope,
        channels: usize,
        calls_per_second: u32,
        ringing: Duration,
    ) -> Self {
        Self {
            transport,
            scope,
            ringing,
            channels: Arc::new(Semaphore::new(channels.max(1))),
            spacing: (calls_per_second > 0).then(|| Duration::from_secs(1) / calls_per_second),
            next_call: Mutex::new(Instant::now()),
        }
    }

    /// Channels that are free, if the line is up.
    pub(crate) fn free(&self) -> usize {
        match self.transport.core() {
            Some(_) => self.channels.available_permits(),
            None => 0,
        }
    }

    /// Takes a channel; an adopted call has one already, whatever the limit says now.
    pub(crate) fn channel(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.channels).try_acquire_owned().ok()
    }

    /// When the next call may be placed, by calls a second. Each caller gets a moment of its own.
    pub(crate) fn turn(&self) -> Instant {
        let now = Instant::now();
        let Some(spacing) = self.spacing else {
            return now;
        };
        let mut next = self
            .next_call
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        let turn = (*next).max(now);
        *next = turn + spacing;
        turn
    }
}

#[cfg(test)]
mod tests {
    use faxgate_core::{CallOrder, Fence, Placed, Probe};
    use faxgate_types::CallUuid;

    use super::*;

    struct Nowhere;

    #[async_trait::async_trait]
    impl Transport for Nowhere {
        fn name(&self) -> &str {
            "nowhere"
        }
        fn core(&self) -> Option<String> {
            None
        }
        async fn place(&self, _: &CallOrder) -> Placed {
            Placed::NotSent(String::new())
        }
        async fn kill(&self, _: CallUuid) -> bool {
            false
        }
        async fn probe(&self, _: CallUuid, _: &str) -> Probe {
            Probe::Unreachable
        }
        async fn fence(&self, _: CallUuid, _: &str) -> Fence {
            Fence::Unreachable
        }
        async fn forget(&self, _: CallUuid) {}
    }

    fn lane(calls_per_second: u32) -> Lane {
        Lane::new(
            Arc::new(Nowhere),
            ClaimScope::Real,
            3,
            calls_per_second,
            Duration::ZERO,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_as_the_limit_says() {
        let lane = lane(4);
        let start = Instant::now();
        let turns: Vec<_> = (0..4).map(|_| (lane.turn() - start).as_millis()).collect();
        assert_eq!(turns, [0, 250, 500, 750]);
    }

    #[tokio::test]
    async fn a_line_that_is_down_has_no_free_channel() {
        assert_eq!(lane(0).free(), 0);
    }
}
