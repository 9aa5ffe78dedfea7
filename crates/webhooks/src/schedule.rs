//! When to try again.

use std::time::Duration;

/// However long a receiver asks to be left alone.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The waits between the tries of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Default for Schedule {
    /// The example of Standard Webhooks: ten tries within some 76 hours.
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        let seconds = [
            5,
            5 * MINUTE,
            30 * MINUTE,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Self::new(seconds.map(Duration::from_secs))
    }
}

impl Schedule {
    /// The waits after the first failure, the second, and so on; after as many failures and one more nothing is tried again.
    #[must_use]
    pub fn new(waits: impl IntoIterator<Item = Duration>) -> Self {
        Self(waits.into_iter().collect())
    }

    /// How long to wait after the `failures`th failure (from 1). `None`: no more tries. `fraction`, in `0.0..1.0`, makes the
    /// wait up to a tenth shorter or longer; `asked`, the receiver's `Retry-After`, makes it no shorter than that.
    #[must_use]
    pub fn wait(&self, failures: u32, fraction: f64, asked: Option<Duration>) -> Option<Duration> {
        let position = usize::try_from(failures.checked_sub(1)?).ok()?;
        let wait = self.0.get(position)?.mul_f64(0.9 + 0.2 * fraction);
        let asked = asked.unwrap_or_default().min(LONGEST_WAIT);
        Some(wait.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_take_some_76_hours() {
        let schedule = Schedule::default();
        let waits: Vec<_> = (1..=9)
            .map(|failures| schedule.wait(failures, 0.5, None).unwrap())
            .collect();
        assert_eq!(waits[0], Duration::from_secs(5));
        assert_eq!(waits[1], Duration::from_secs(300));
        let all: Duration = waits.iter().sum();
        assert_eq!(all, Duration::from_secs(75 * 3600 + 35 * 60 + 5));
        assert_eq!(schedule.wait(10, 0.5, None), None);
        assert_eq!(schedule.wait(u32::MAX, 0.5, None), None);
        assert_eq!(schedule.wait(0, 0.5, None), None);
    }

    #[test]
    fn waits_are_spread_by_a_tenth_and_heed_what_the_receiver_asks() {
        let schedule = Schedule::default();
        let wait = |fraction, asked: Option<u64>| {
            schedule
                .wait(2, fraction, asked.map(Duration::from_secs))
                .unwrap()
                .as_secs_f64()
        };
        assert!((wait(0.0, None) - 270.0).abs() < 1e-6);
        assert!(wait(0.999, None) < 330.0);
        assert!((wait(0.5, Some(10)) - 300.0).abs() < 1e-6);
        assert!((wait(0.5, Some(1000)) - 1000.0).abs() < 1e-6);
        assert!((wait(0.5, Some(u64::MAX)) - 86_400.0).abs() < 1e-6);
    }
}
