//! The clock and the randomness, passed in wherever they are needed.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Time since the machine started.
    fn since_boot(&self) -> SinceBoot;
}

/// Time since the machine started, suspended time included: a process that was stopped or a laptop that slept finds it
/// moved on when it wakes. Means nothing on another machine or after a reboot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SinceBoot(pub Duration);

impl std::ops::Add<Duration> for SinceBoot {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// Makes random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`; good enough for tokens and keys unless documented otherwise.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the machine"
        )]
        Timestamp::new(chrono::Utc::now())
    }

    fn since_boot(&self) -> SinceBoot {
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        // On macOS the monotonic clock counts sleep as well.
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(clock);
        SinceBoot(Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        ))
    }
}

/// The operating system's randomness, through a generator that is fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the machine"
        )]
        rand::rng().fill_bytes(bytes);
    }
}

/// A clock that moves only when it is told to. For tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        *now = *now + by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    fn since_boot(&self) -> SinceBoot {
        let micros = u64::try_from(self.now().unix_micros()).unwrap_or(0);
        SinceBoot(Duration::from_micros(micros))
    }
}

/// Randomness that a seed repeats. For tests; never for secrets.
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    /// The same seed gives the same bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .fill_bytes(bytes);
    }
}

/// The clock and the randomness together, as most use cases take them.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Ambient {
    /// The machine's own clock and randomness.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRandom))
    }

    /// Any clock and any randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time since the machine started.
    #[must_use]
    pub fn since_boot(&self) -> SinceBoot {
        self.clock.since_boot()
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A new id, version 7 (RFC 9562): sorts by the time it was made.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let millis = self.now().unix_micros().div_euclid(1000);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &self.bytes())
            .into_uuid()
    }

    /// A fraction in `0.0..1.0`, for jitter.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_micros(1).unwrap()));
        let ambient = Ambient::new(clock.clone(), Arc::new(SeededRandom::new(7)));
        let first = ambient.uuid();
        clock.advance(Duration::from_millis(2));
        let second = ambient.uuid();
        assert!(first.to_string() < second.to_string());
        assert_eq!(first.get_version_num(), 7);
    }

    #[test]
    fn a_fraction_is_below_one() {
        let ambient = Ambient::system();
        assert!((0..1000).all(|_| (0.0..1.0).contains(&ambient.fraction())));
    }
}
