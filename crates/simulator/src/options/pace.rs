//! How fast simulated time passes.

use std::str::FromStr;
use std::time::Duration;

/// How fast simulated time passes: `real`, `fast` or a number.
///
/// Times in events and CDRs are always the simulated ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As on the line.
    Real,
    /// Nothing waits longer than a few milliseconds, except what a scenario makes slow or late: that takes a sixtieth.
    Fast,
    /// So many times as fast as on the line.
    Times(f64),
}

impl Pace {
    /// The waiting time for `simulated` seconds of a call's ordinary course.
    pub(crate) fn ordinary(self, simulated: f64) -> Duration {
        match self {
            Self::Fast => Duration::from_millis(2),
            _ => self.deliberate(simulated),
        }
    }

    /// The waiting time for `simulated` seconds that a scenario asks for by name.
    pub(crate) fn deliberate(self, simulated: f64) -> Duration {
        let factor = match self {
            Self::Real => 1.0,
            Self::Fast => 60.0,
            Self::Times(times) => times,
        };
        Duration::try_from_secs_f64(simulated / factor).unwrap_or(Duration::ZERO)
    }

    /// The waiting time between two tries of something outside of a call.
    pub(crate) fn patience(self, simulated: Duration) -> Duration {
        self.deliberate(simulated.as_secs_f64())
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "real" => Ok(Self::Real),
            "fast" => Ok(Self::Fast),
            number => match number.parse::<f64>() {
                Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
                _ => Err("a pace is real, fast, or how many times as fast, above 0".to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_word_or_a_positive_number() {
        assert_eq!("real".parse(), Ok(Pace::Real));
        assert_eq!("20".parse(), Ok(Pace::Times(20.0)));
        for wrong in ["", "0", "-1", "NaN", "inf", "slow"] {
            assert!(wrong.parse::<Pace>().is_err(), "{wrong}");
        }
    }
}
