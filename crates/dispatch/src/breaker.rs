//! Whether a line may be used, after calls failed for reasons of the line itself.

use faxgate_types::Timestamp;

/// Closed while the line works; open while it is paused; after a pause one call at a time tries it, until one gets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaker {
    pauses: u32,
    until: Option<Timestamp>,
    probing: bool,
}

impl Breaker {
    /// How many of `free` channels may be used now.
    pub(crate) fn allows(&self, free: usize, now: Timestamp) -> usize {
        match self {
            Self { pauses: 0, .. } => free,
            Self {
                until: Some(until), ..
            } if *until > now => 0,
            Self { probing: true, .. } => 0,
            _ => free.min(1),
        }
    }

    /// Whether the line had trouble, and no call got through since.
    pub(crate) fn is_troubled(&self) -> bool {
        self.pauses > 0
    }

    /// What all nodes know of the line.
    pub(crate) fn learn(&mut self, pauses: u32, until: Option<Timestamp>) {
        (self.pauses, self.until) = (pauses, until);
        self.probing &= pauses > 0;
    }

    /// A call begins.
    pub(crate) fn begins(&mut self) {
        self.probing = self.is_troubled();
    }

    /// A call has ended, whichever way.
    pub(crate) fn ends(&mut self) {
        self.probing = false;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn after_a_pause_one_call_tries_the_line_first() {
        let now = Timestamp::parse("2026-11-21T09:00:00Z").unwrap();
        let later = now + Duration::from_secs(5);
        let mut breaker = Breaker::default();
        assert_eq!(breaker.allows(8, now), 8);
        breaker.learn(1, Some(later));
        assert_eq!(breaker.allows(8, now), 0);
        assert_eq!(breaker.allows(8, later), 1);
        breaker.begins();
        assert_eq!(breaker.allows(8, later), 0, "one tries it already");
        breaker.ends();
        assert_eq!(breaker.allows(8, later), 1, "it did not get through");
        breaker.begins();
        breaker.learn(0, None);
        assert_eq!(breaker.allows(8, later), 8);
    }
}
