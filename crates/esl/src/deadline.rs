//! Send-by deadlines on a clock that also counts while the machine sleeps.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment on this machine's boot clock. Means nothing on another machine or after a reboot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootInstant(Duration);

impl BootInstant {
    /// The moment `since_boot` after the machine started.
    pub const fn from_boot(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// Time since the machine started, suspended time included.
    pub const fn since_boot(self) -> Duration {
        self.0
    }
}

impl Add<Duration> for BootInstant {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}

impl Sub for BootInstant {
    type Output = Duration;

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// A clock that never goes back and keeps counting while the machine is suspended or the process is stopped.
pub trait BootClock: Send + Sync + fmt::Debug {
    /// The present moment.
    fn now(&self) -> BootInstant;
}

/// The kernel's clock: `CLOCK_BOOTTIME` on Linux; elsewhere `CLOCK_MONOTONIC`, which on macOS counts sleep as well.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBootClock;

impl BootClock for SystemBootClock {
    fn now(&self) -> BootInstant {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(clock);
        BootInstant(Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        ))
    }
}

/// The moment from which a command may no longer leave this machine.
///
/// The connection looks at the clock between taking a command from its queue and handing its bytes to the
/// kernel, and again before every further attempt if the kernel would not take them: time spent in a queue,
/// behind a full socket or in a suspended laptop counts. What the kernel has taken counts as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(BootInstant);

impl Deadline {
    /// Send before `at`, or not at all.
    pub const fn at(at: BootInstant) -> Self {
        Self(at)
    }

    /// Send within `span` from the clock's present moment, or not at all.
    pub fn within(clock: &dyn BootClock, span: Duration) -> Self {
        Self(clock.now() + span)
    }

    /// True if `now` is too late.
    pub fn is_past(self, now: BootInstant) -> bool {
        now >= self.0
    }

    /// Time left at `now`; zero if it is past.
    pub fn left(self, now: BootInstant) -> Duration {
        self.0 - now
    }
}
