//! One quota, counted for each key apart (GCRA, by `governor`).

use std::fmt::Debug;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use faxgate_core::SharedRate;
use governor::clock::{Clock, Reference};
use governor::middleware::{NoOpMiddleware, RateLimitingMiddleware, StateSnapshot};
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::clock::Uptime;
use super::standing::Standing;

/// After so many requests, keys whose quota is full again are forgotten: memory stays in step with those who call now.
const HOUSEKEEPING: u32 = 1024;
/// So many keys are counted each for itself; beyond that, in groups, until there are fewer again.
const MOST_KEYS: usize = 100_000;
/// So many groups.
const GROUPS: u64 = 4096;

/// Who is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Slot<K> {
    One(K),
    Group(u64),
}

/// A quota for each `K`.
#[derive(Debug)]
pub(crate) struct Limiter<K: Hash + Eq + Clone + Debug, C: Clock<Instant = Nanos> = Uptime> {
    gcra: RateLimiter<Slot<K>, DashMapStateStore<Slot<K>>, C, Report>,
    clock: C,
    start: Nanos,
    quota: Quota,
    requests: AtomicU32,
    crowded: AtomicBool,
    groups: RandomState,
}

impl<K: Hash + Eq + Clone + Debug, C: Clock<Instant = Nanos> + Clone> Limiter<K, C> {
    /// So many an hour.
    pub(crate) fn an_hour(requests: NonZeroU32, clock: C) -> Self {
        Self::new(Quota::per_hour(requests), clock)
    }

    /// So many a minute.
    pub(crate) fn a_minute(requests: NonZeroU32, clock: C) -> Self {
        Self::new(Quota::per_minute(requests), clock)
    }

    fn new(quota: Quota, clock: C) -> Self {
        let start = clock.now();
        Self {
            gcra: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            start,
            quota,
            requests: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
            groups: RandomState::new(),
        }
    }

    /// The quota, for counters elsewhere.
    pub(crate) fn rate(&self) -> SharedRate {
        SharedRate {
            burst: self.quota.burst_size().get(),
            interval: self.quota.replenish_interval(),
        }
    }

    /// Whether anybody's quota is not full.
    pub(crate) fn is_in_use(&self) -> bool {
        self.gcra.retain_recent();
        !self.gcra.is_empty()
    }

    fn slot(&self, key: &K) -> Slot<K> {
        match self.crowded.load(Ordering::Relaxed) {
            true => Slot::Group(self.groups.hash_one(key) % GROUPS),
            false => Slot::One(key.clone()),
        }
    }

    /// Counts one request, unless the quota is used up: a refusal does not count.
    pub(crate) fn count(&self, key: &K) -> Standing {
        if self.requests.fetch_add(1, Ordering::Relaxed) % HOUSEKEEPING == HOUSEKEEPING - 1 {
            self.gcra.retain_recent();
            let crowded = self.gcra.len() >= MOST_KEYS;
            self.crowded.store(crowded, Ordering::Relaxed);
        }
        let limit = self.quota.burst_size().get();
        let outcome = self.gcra.check_key(&self.slot(key));
        let now = self.clock.now().duration_since(self.start);
        match outcome {
            Ok(Allowed { full_at, remaining }) => Standing {
                limit,
                remaining,
                full_in: after(full_at, now),
                wait: None,
            },
            Err(Refused { allowed_at }) => {
                let wait = after(allowed_at, now);
                // The next request is let through when one is left again: the rest fills up after that.
                let rest = self.quota.replenish_interval().saturating_mul(limit - 1);
                Standing {
                    limit,
                    remaining: 0,
                    full_in: wait.saturating_add(rest),
                    wait: Some(wait),
                }
            }
        }
    }

    #[cfg(test)]
    fn keys(&self) -> usize {
        self.gcra.len()
    }
}

fn after(at: Nanos, now: Nanos) -> Duration {
    at.duration_since(now).into()
}

/// Makes `governor` tell when the quota is full again, which its own middlewares do not.
#[derive(Debug)]
struct Report;

struct Allowed {
    full_at: Nanos,
    remaining: u32,
}

struct Refused {
    allowed_at: Nanos,
}

impl RateLimitingMiddleware<Nanos> for Report {
    type PositiveOutcome = Allowed;
    type NegativeOutcome = Refused;

    fn allow<K>(key: &K, state: impl Into<StateSnapshot>) -> Allowed {
        let state: StateSnapshot = state.into();
        Allowed {
            remaining: state.remaining_burst_capacity(),
            full_at: theoretical_arrival(key, state),
        }
    }

    fn disallow<K>(key: &K, state: impl Into<StateSnapshot>, _: Nanos) -> Refused {
        Refused {
            allowed_at: theoretical_arrival(key, state.into()),
        }
    }
}

/// The snapshot's theoretical arrival time, in nanoseconds since the limiter's start. Only `NotUntil` shows it.
fn theoretical_arrival<K>(key: &K, state: StateSnapshot) -> Nanos {
    NoOpMiddleware::<Nanos>::disallow(key, state, Nanos::new(0)).earliest_possible()
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    fn limiter(requests: u32) -> (Limiter<u8, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        clock.advance(Duration::from_secs(77));
        (
            Limiter::an_hour(NonZeroU32::new(requests).unwrap(), clock.clone()),
            clock,
        )
    }

    #[test]
    fn a_burst_uses_the_whole_quota_and_the_next_request_is_refused() {
        let (limiter, clock) = limiter(100);
        for used in 1..=100 {
            let standing = limiter.count(&1);
            assert_eq!(standing.limit, 100);
            assert_eq!(standing.remaining, 100 - used);
            assert_eq!(standing.full_in, Duration::from_secs(36 * u64::from(used)));
            assert_eq!(standing.wait, None);
        }
        let refused = limiter.count(&1);
        assert_eq!(refused.wait, Some(Duration::from_secs(36)));
        assert_eq!(refused.remaining, 0);
        assert_eq!(refused.full_in, Duration::from_secs(3600));
        clock.advance(Duration::from_secs(36));
        assert_eq!(limiter.count(&1).wait, None);
    }

    #[test]
    fn refusals_do_not_count() {
        let (limiter, clock) = limiter(1);
        assert_eq!(limiter.count(&1).wait, None);
        for _ in 0..50 {
            assert!(limiter.count(&1).wait.is_some());
        }
        clock.advance(Duration::from_secs(3600));
        assert_eq!(limiter.count(&1).wait, None);
    }

    #[test]
    fn the_moment_when_the_quota_is_full_again_stays_put_while_nobody_asks() {
        let (limiter, clock) = limiter(4);
        assert_eq!(limiter.count(&1).full_in, Duration::from_secs(900));
        clock.advance(Duration::from_secs(10));
        assert_eq!(limiter.count(&1).full_in, Duration::from_secs(1790));
    }

    #[test]
    fn keys_are_counted_apart_and_forgotten_when_they_are_full_again() {
        let (limiter, clock) = limiter(2);
        for key in 0..200 {
            assert_eq!(limiter.count(&key).remaining, 1);
        }
        assert_eq!(limiter.keys(), 200);
        clock.advance(Duration::from_secs(7200));
        for _ in 0..HOUSEKEEPING {
            limiter.count(&201);
        }
        assert_eq!(limiter.keys(), 1);
    }

    #[test]
    fn more_keys_than_memory_is_given_for_are_counted_in_groups() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::an_hour(NonZeroU32::new(2).unwrap(), clock.clone());
        let most = u32::try_from(MOST_KEYS).unwrap();
        for key in 0..3 * most {
            limiter.count(&key);
        }
        let room = MOST_KEYS + HOUSEKEEPING as usize + usize::try_from(GROUPS).unwrap();
        assert!(limiter.gcra.len() <= room);
        assert!(limiter.crowded.load(Ordering::Relaxed));
        // An hour later each is counted for itself again.
        clock.advance(Duration::from_secs(7200));
        for _ in 0..HOUSEKEEPING {
            limiter.count(&1);
        }
        assert_eq!(limiter.count(&2).remaining, 1);
        assert!(!limiter.crowded.load(Ordering::Relaxed));
    }

    proptest! {
        #[test]
        fn a_quota_is_never_exceeded_within_its_hour(
            requests in 1u32..50,
            pauses in prop::collection::vec(0u64..200, 1..300),
        ) {
            let (limiter, clock) = limiter(requests);
            let mut at = 0;
            let mut passed: Vec<u64> = Vec::new();
            for pause in pauses {
                clock.advance(Duration::from_secs(pause));
                at += pause;
                let standing = limiter.count(&1);
                prop_assert!(standing.remaining < standing.limit);
                prop_assert!(standing.full_in <= Duration::from_secs(3600));
                match standing.wait {
                    None => passed.push(at),
                    Some(wait) => prop_assert!(wait > Duration::ZERO),
                }
            }
            for (first, at) in passed.iter().enumerate() {
                let within = passed[first..].iter().filter(|later| *later - at < 3600).count();
                // A full burst, and what grows back meanwhile.
                prop_assert!(within <= 2 * requests as usize);
            }
        }
    }
}
