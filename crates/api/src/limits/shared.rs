//! Counting for all nodes together.

use std::fmt;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use faxgate_core::Counters;
use governor::clock::Clock;
use governor::nanos::Nanos;

use super::limiter::Limiter;
use super::standing::Standing;

/// The counters in the database.
pub(super) struct Shared(Counters);

impl Shared {
    pub(super) fn new(counters: Counters) -> Self {
        Self(counters)
    }

    /// Counts in the database, and in memory what it let through. While it does not answer, memory decides.
    pub(super) async fn count<K, C>(
        &self,
        endpoint: &str,
        name: &str,
        limiter: &Limiter<K, C>,
        key: &K,
    ) -> Standing
    where
        K: Hash + Eq + Clone + Debug,
        C: Clock<Instant = Nanos> + Clone,
    {
        let rate = limiter.rate();
        match self.0.count(endpoint, name, rate).await {
            Ok(counted) => {
                if counted.wait.is_none() {
                    let _ = limiter.count(key);
                }
                Standing {
                    limit: rate.burst,
                    remaining: match counted.wait {
                        None => left(rate.burst, rate.interval, counted.full_in),
                        Some(_) => 0,
                    },
                    full_in: counted.full_in,
                    wait: counted.wait,
                }
            }
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "counted in memory"
                );
                limiter.count(key)
            }
        }
    }
}

/// How many are left of a quota that is full again after `full_in`.
fn left(burst: u32, interval: Duration, full_in: Duration) -> u32 {
    let one = interval.as_nanos().max(1);
    let room = (one * u128::from(burst)).saturating_sub(full_in.as_nanos());
    u32::try_from(room / one).unwrap_or(u32::MAX)
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_left_is_told_as_governor_tells_it(
            requests in 1u32..2000,
            pauses in prop::collection::vec(0u64..20_000_000_000, 1..100),
        ) {
            let clock = FakeRelativeClock::default();
            let limiter = Limiter::an_hour(NonZeroU32::new(requests).unwrap(), clock.clone());
            let rate = limiter.rate();
            for pause in pauses {
                clock.advance(Duration::from_nanos(pause));
                let standing = limiter.count(&1);
                if standing.wait.is_none() {
                    prop_assert_eq!(left(rate.burst, rate.interval, standing.full_in), standing.remaining);
                }
            }
        }
    }
}
