//! How a simulator is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use faxgate_types::Ambient;

use crate::scenario::Scenarios;

/// How a simulator is set up. Everything but `listen` and `spool` has a useful default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where the Event Socket listens; port 0 takes any free one (see [`crate::Simulator::addr`]).
    pub listen: SocketAddr,
    /// The password of `auth`; `ClueCon` unless changed, as FreeSWITCH's own default.
    pub password: String,
    /// The spool: CDRs go to `cdr/`, inbound faxes to `rx/`, what far machines received to `far/`. Made when missing.
    pub spool: PathBuf,
    /// The call log, appended to; `None` writes none.
    pub call_log: Option<PathBuf>,
    /// How fast simulated time passes.
    pub pace: Pace,
    /// The numbers that come back as inbound faxes, in any way of writing.
    pub dids: Vec<String>,
    /// What happens to which number.
    pub scenarios: Scenarios,
    /// The gateways that exist; empty means every name does.
    pub gateways: Vec<String>,
    /// `max-sessions`: channels at once (FreeSWITCH ships 1000).
    pub max_sessions: u32,
    /// `sessions-per-second`; FreeSWITCH ships 30, which a fast pace would run into at once, so 10,000 here.
    pub sessions_per_second: u32,
    /// How often `HEARTBEAT` is sent (FreeSWITCH: 20 s).
    pub heartbeat: Duration,
    /// Events that wait for one connection before more are lost (`MAX_QUEUE_LEN` of mod_event_socket: 100,000).
    pub event_queue: usize,
    /// Refuse every connection as an ACL does: `text/rude-rejection`.
    pub rude: bool,
    /// Clock and randomness.
    pub ambient: Ambient,
}

impl Options {
    /// The defaults of `faxgate simulate`, with this address and spool.
    #[must_use]
    pub fn new(listen: SocketAddr, spool: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            password: "ClueCon".to_owned(),
            spool: spool.into(),
            call_log: None,
            pace: Pace::Fast,
            dids: Vec::new(),
            scenarios: Scenarios::default(),
            gateways: Vec::new(),
            max_sessions: 1000,
            sessions_per_second: 10_000,
            heartbeat: Duration::from_secs(20),
            event_queue: 100_000,
            rude: false,
            ambient: Ambient::system(),
        }
    }
}

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
