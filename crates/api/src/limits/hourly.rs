//! Limiters for every quota that there is: the gateway's, and those of tenants.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use super::Subject;
use super::clock::Uptime;
use super::limiter::Limiter;

/// More different quotas than that are not kept, as long as nobody uses them.
const KEPT: usize = 64;

/// One limiter for each number of requests an hour.
#[derive(Debug)]
pub(super) struct Hourly {
    limiters: RwLock<HashMap<NonZeroU32, Arc<Limiter<Subject>>>>,
    clock: Uptime,
}

impl Hourly {
    pub(super) fn new(clock: Uptime) -> Self {
        Self {
            limiters: RwLock::default(),
            clock,
        }
    }

    /// The limiter for so many requests an hour.
    pub(super) fn of(&self, quota: NonZeroU32) -> Arc<Limiter<Subject>> {
        let known = self
            .limiters
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&quota)
            .cloned();
        known.unwrap_or_else(|| self.add(quota))
    }

    fn add(&self, quota: NonZeroU32) -> Arc<Limiter<Subject>> {
        let mut limiters = self
            .limiters
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if limiters.len() >= KEPT {
            limiters.retain(|_, limiter| limiter.is_in_use());
        }
        let limiter = limiters
            .entry(quota)
            .or_insert_with(|| Arc::new(Limiter::an_hour(quota, self.clock.clone())));
        limiter.clone()
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::{Ambient, UserId};

    use super::super::Counted;
    use super::*;

    #[test]
    fn quotas_that_nobody_uses_are_forgotten_and_those_in_use_are_not() {
        let hourly = Hourly::new(Uptime::new());
        let quota = |n| NonZeroU32::new(n).unwrap();
        let subject = Subject {
            endpoint: Counted::Send,
            user: UserId::generate(&Ambient::system()),
            tenant: None,
        };
        assert_eq!(hourly.of(quota(5)).count(&subject).remaining, 4);
        for unused in 1000..2000 {
            let _ = hourly.of(quota(unused));
        }
        assert!(hourly.limiters.read().unwrap().len() <= KEPT);
        assert_eq!(hourly.of(quota(5)).count(&subject).remaining, 3);
    }
}
