//! Time for counting requests: never set back.

use std::time::Instant;

use governor::clock::Clock;
use governor::nanos::Nanos;

/// Nanoseconds since the gateway started, from the machine's monotonic clock.
#[derive(Clone, Debug)]
pub(crate) struct Uptime(Instant);

impl Uptime {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Uptime {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}
