//! Whether a line may be used, after calls failed for reasons of the line itself.

use std::time::Duration;

use faxgate_types::{E164, Timestamp};

/// Closed while the line works; open while it is paused; after a pause one call at a time tries it, until one gets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaker {
    pauses: u32,
    until: Option<Timestamp>,
    probing: bool,
    /// The numbers refused last, no call having got through since.
    refused: Vec<Refused>,
}

/// A call was refused in words that may be meant for the line, or for this number alone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    number: E164,
    at: Timestamp,
    /// How long that is remembered.
    keep: Duration,
}

/// So many refused numbers are remembered.
const MOST_REFUSED: usize = 16;

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

    /// A call to `number` was refused. Whether that is the line's trouble: two different numbers were refused within `keep`,
    /// and no call got through in between; or the line is in trouble already, and this is another number.
    pub(crate) fn refuses(&mut self, number: &E164, keep: Duration, now: Timestamp) -> bool {
        let troubled = self.is_troubled();
        let fresh = |refused: &Refused| now.since(refused.at) < refused.keep;
        let is_new = !self.refused.iter().any(|r| r.number == *number && fresh(r));
        let others = |refused: &Refused| refused.number != *number && fresh(refused);
        let is_the_lines = self.refused.iter().any(others) || (troubled && is_new);
        self.refused.retain(|r| r.number != *number);
        if self.refused.len() >= MOST_REFUSED {
            self.refused.remove(0);
        }
        self.refused.push(Refused {
            number: number.clone(),
            at: now,
            keep,
        });
        is_the_lines
    }

    /// A call got through, so what was refused before were matters of those numbers.
    pub(crate) fn got_through(&mut self) {
        self.refused.clear();
    }

    /// Whether a call to this number is not the one to try the line with: it was refused, and would be for reasons of its own.
    pub(crate) fn is_no_trial(&self, number: &E164, now: Timestamp) -> bool {
        // As long again as the pause may have taken.
        let sits_out = |r: &Refused| r.number == *number && now.since(r.at) < r.keep * 2;
        self.is_troubled() && self.refused.iter().any(sits_out)
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
    use super::*;

    const KEEP: Duration = Duration::from_secs(900);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::parse("2026-11-21T09:00:00Z").unwrap() + Duration::from_secs(seconds)
    }

    fn number(text: &str) -> E164 {
        text.parse().unwrap()
    }

    #[test]
    fn one_number_that_is_refused_again_and_again_is_no_trouble_of_the_line() {
        let (mut breaker, one) = (Breaker::default(), number("+13125550100"));
        for n in 0..10 {
            assert!(!breaker.refuses(&one, KEEP, at(n)));
        }
        let other = number("+13125550101");
        assert!(breaker.refuses(&other, KEEP, at(10)), "a second one is");
    }

    #[test]
    fn numbers_that_are_refused_far_apart_or_around_a_call_that_got_through_are_no_trouble_of_the_line()
     {
        let (one, other) = (number("+13125550100"), number("+13125550101"));
        let mut breaker = Breaker::default();
        assert!(!breaker.refuses(&one, KEEP, at(0)));
        assert!(!breaker.refuses(&other, KEEP, at(900)));
        breaker.got_through();
        assert!(!breaker.refuses(&one, KEEP, at(901)));
    }

    #[test]
    fn what_was_refused_does_not_try_the_line() {
        let (one, other) = (number("+13125550100"), number("+13125550101"));
        let third = number("+13125550102");
        let mut breaker = Breaker::default();
        breaker.refuses(&one, KEEP, at(0));
        breaker.refuses(&other, KEEP, at(1));
        assert!(!breaker.is_no_trial(&one, at(2)), "there is no trial yet");
        breaker.learn(1, Some(at(901)));
        assert!(breaker.is_no_trial(&one, at(901)) && breaker.is_no_trial(&other, at(901)));
        assert!(!breaker.is_no_trial(&third, at(901)));
        assert!(breaker.refuses(&third, KEEP, at(902)), "still in trouble");
        assert!(
            !breaker.is_no_trial(&one, at(1800)),
            "when there is nobody else"
        );
    }

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
