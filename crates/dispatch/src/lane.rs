//! A line, with its limits.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use faxgate_core::{ClaimScope, LaneLimits, Transport};
use faxgate_db::lanes;
use faxgate_types::{E164, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::breaker::Breaker;
use crate::settings::Settings;

/// How much of a line we may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls at once.
    pub channels: usize,
    /// New calls a second; 0: no limit.
    pub calls_per_second: u32,
    /// What a minute costs, in millionths of the currency, where no prefix says more.
    pub cost_per_minute: u64,
    /// Its share of the calls against the other lines.
    pub weight: u32,
    /// How long to let it ring.
    pub ringing: Duration,
}

/// A line on which faxes are sent: the transport, and how much of it we may use.
pub struct Lane {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) scope: ClaimScope,
    pub(crate) ringing: Duration,
    pub(crate) weight: u32,
    /// What the line takes, all nodes together.
    pub(crate) limits: LaneLimits,
    /// How many times the usual time orders may take to leave.
    patience: u32,
    most: usize,
    channels: Arc<Semaphore>,
    breaker: Arc<Mutex<Breaker>>,
}

/// A call on a line; dropping it frees the channel.
pub(crate) struct Channel {
    /// None: an adopted call has its channel already, whatever the limit says now.
    _permit: Option<OwnedSemaphorePermit>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        locked(&self.breaker).ends();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}

impl Lane {
    /// A line that takes the faxes of `scope`.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, scope: ClaimScope, limits: Limits) -> Self {
        let most = limits.channels.max(1);
        Self {
            transport,
            scope,
            ringing: limits.ringing,
            weight: limits.weight.max(1),
            limits: LaneLimits {
                max_calls: u32::try_from(most).ok(),
                calls_per_second: (limits.calls_per_second > 0).then_some(limits.calls_per_second),
                bulk_percent: None,
                cost_per_minute: limits.cost_per_minute,
            },
            patience: 1,
            most,
            channels: Arc::new(Semaphore::new(most)),
            breaker: Arc::default(),
        }
    }

    /// With so many times the usual time for orders to leave, for a line that takes whole documents; but never more than half
    /// a lease, for whoever takes over must find it past.
    #[must_use]
    pub fn with_patience(self, times: u32) -> Self {
        let patience = times.max(1);
        Self { patience, ..self }
    }

    /// With so many of a hundred of its calls at once for bulk, at least one: the others are kept for what is urgent or normal.
    #[must_use]
    pub fn with_bulk_percent(mut self, percent: u32) -> Self {
        self.limits.bulk_percent = Some(percent);
        self
    }

    /// How long an order may wait before it leaves.
    pub(crate) fn send_within(&self, settings: &Settings) -> Duration {
        let most = (settings.lease / 2).max(settings.send_within);
        (settings.send_within * self.patience).min(most)
    }

    /// The line's name, stable over restarts.
    #[must_use]
    pub fn name(&self) -> &str {
        self.transport.name()
    }

    /// Channels that may be used now: none when the line is down or paused.
    pub(crate) fn free(&self, now: Timestamp) -> usize {
        match self.transport.core() {
            Some(_) => locked(&self.breaker).allows(self.channels.available_permits(), now),
            None => 0,
        }
    }

    /// Whether calls may be placed on it, now or when a channel is free.
    pub(crate) fn is_up(&self, now: Timestamp) -> bool {
        self.transport.core().is_some() && locked(&self.breaker).allows(1, now) > 0
    }

    /// Channels in use.
    pub(crate) fn busy(&self) -> usize {
        self.most.saturating_sub(self.channels.available_permits())
    }

    /// A call begins.
    pub(crate) fn begin(&self) -> Channel {
        locked(&self.breaker).begins();
        Channel {
            _permit: Arc::clone(&self.channels).try_acquire_owned().ok(),
            breaker: Arc::clone(&self.breaker),
        }
    }

    /// Takes over what all nodes know of the line; `None`: it never had trouble.
    pub(crate) fn learn(&self, row: Option<&lanes::Lane>) {
        let pauses = row.map_or(0, |row| u32::try_from(row.pauses).unwrap_or(0));
        locked(&self.breaker).learn(pauses, row.and_then(|row| row.paused_until));
    }

    /// A call to `number` was refused, perhaps for reasons of its own. Whether that is the line's trouble.
    pub(crate) fn refuses(&self, number: &E164, keep: Duration, now: Timestamp) -> bool {
        locked(&self.breaker).refuses(number, keep, now)
    }

    /// A call got through.
    pub(crate) fn got_through(&self) {
        locked(&self.breaker).got_through();
    }

    /// Whether a call to this number is not the one to try the line with.
    pub(crate) fn is_no_trial(&self, number: &E164, now: Timestamp) -> bool {
        locked(&self.breaker).is_no_trial(number, now)
    }

    /// Whether calls failed for reasons of the line, and none got through since.
    pub(crate) fn is_troubled(&self) -> bool {
        locked(&self.breaker).is_troubled()
    }
}

#[cfg(test)]
mod tests {
    use faxgate_core::{CallOrder, Fence, Placed, Probe};
    use faxgate_types::{Ambient, CallUuid};

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

    #[tokio::test]
    async fn a_line_that_is_down_has_no_free_channel() {
        let limits = Limits {
            channels: 3,
            calls_per_second: 0,
            cost_per_minute: 0,
            weight: 100,
            ringing: Duration::ZERO,
        };
        let lane = Lane::new(Arc::new(Nowhere), ClaimScope::Real, limits);
        assert_eq!(lane.free(Ambient::system().now()), 0);
    }
}
