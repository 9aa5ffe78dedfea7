//! `[simulator]`, and whether it is started.

use std::path::PathBuf;

use toml::Value;

use super::freeswitch::absolute;
use crate::problem::{ConfigError, Problems};
use crate::section::{Check, Section, section, variable_of};
use crate::setting::{Setting, shown};
use crate::settings::Settings;
use crate::urls::DatabaseKind;

/// How fast simulated calls pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As a real line: a page takes half a minute.
    Real,
    /// Without waiting.
    Fast,
    /// So many times faster than a real line; above 0.
    Times(f64),
}

impl Setting for Pace {
    fn read(value: &Value) -> Result<Self, String> {
        let number = match value {
            Value::String(text) => match text.trim() {
                "real" => return Ok(Self::Real),
                "fast" => return Ok(Self::Fast),
                text => text.parse().ok(),
            },
            #[expect(
                clippy::cast_precision_loss,
                reason = "a factor beyond 2^53 is no different from \"fast\""
            )]
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        };
        number
            .filter(|number: &f64| number.is_finite() && *number > 0.0)
            .map(Self::Times)
            .ok_or_else(|| {
                format!(
                    "{} is not real, fast or a number above 0 (times faster than real)",
                    shown(value)
                )
            })
    }
}

section! {
    /// `[simulator]`: the line simulator inside `faxgate serve`.
    pub struct Simulator {
        /// `None`: see [`Settings::simulator_decision`].
        pub enabled: Option<bool>,
        /// How fast simulated calls pass.
        pub pace: Pace,
        /// Where it keeps its CDRs and the pages that it "receives"; absolute once loaded.
        pub spool_dir: PathBuf,
        /// Simulated calls at the same time at most.
        pub max_channels: u32,
    }
}

impl Simulator {
    pub(crate) fn make_absolute(&mut self, section: &mut Section<'_>) {
        self.spool_dir = absolute(std::mem::take(&mut self.spool_dir), "spool_dir", section);
    }
}

impl Check for Simulator {
    fn check(&self, section: &mut Section<'_>) {
        section.within("max_channels", self.max_channels.into(), 1..=10_000);
    }
}

/// What the embedded simulator is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatorDecision {
    /// It is not started; faxes in test mode cannot be sent.
    Off,
    /// It is started beside a real line, for faxes in test mode only.
    TestFaxes,
    /// It is the only line: no fax leaves this machine. Say so loudly.
    EveryFax,
}

impl Settings {
    /// Whether the simulator inside `serve` is started, and for which faxes.
    ///
    /// Ask only where faxes are dispatched. With FreeSWITCH or Telnyx configured it takes the faxes in test mode, unless
    /// `simulator.enabled` is false. With neither it takes every fax, of its own accord only for a trial: SQLite and a
    /// loopback listener; otherwise only when `simulator.enabled` is true.
    ///
    /// # Errors
    /// There is no line at all, and the simulator may not stand in: the message names the settings.
    pub fn simulator_decision(&self) -> Result<SimulatorDecision, ConfigError> {
        let real = !self.freeswitch.nodes.is_empty() || self.telnyx.is_configured();
        let trial = self.database.url.kind() == DatabaseKind::Sqlite
            && self.server.listen.ip().is_loopback();
        let reason = match (self.simulator.enabled, real) {
            (Some(false), true) => return Ok(SimulatorDecision::Off),
            (_, true) => return Ok(SimulatorDecision::TestFaxes),
            (Some(true), false) => return Ok(SimulatorDecision::EveryFax),
            (None, false) if trial => return Ok(SimulatorDecision::EveryFax),
            (Some(false), false) => "is false, and there is no other line to send by",
            (None, false) => {
                "is not set, and there is no line to send by; with PostgreSQL or a listener that others reach the \
                 simulator does not stand in unasked"
            }
        };
        let mut problems = Problems::default();
        problems.key(
            "simulator.enabled".into(),
            Some(variable_of("simulator", "enabled")),
            format!(
                "{reason}. Set FAXGATE_FREESWITCH__HOST or FAXGATE_TELNYX__API_KEY, or \
                 FAXGATE_SIMULATOR__ENABLED=true to send no real fax"
            ),
        );
        problems.into_result().map(|()| SimulatorDecision::Off)
    }
}
