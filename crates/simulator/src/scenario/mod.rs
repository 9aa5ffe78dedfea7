//! What happens to which number.

mod builtin;
mod file;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::cause::{Cause, of_sip_status};
use crate::number::Line;

/// What happens to one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scenario {
    /// Seconds between the command and the call: FreeSWITCH got round to it late.
    pub(crate) late: f64,
    /// Seconds it rings before anything else happens; 0: no ringing is signalled.
    pub(crate) ring: f64,
    pub(crate) ending: Ending,
    /// What the channel does not listen to.
    pub(crate) deaf: Option<Deaf>,
}

/// What a channel does not listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deaf {
    /// `execute_on_fax_result`, `execute_on_answer` and their like: only `uuid_kill` ends it.
    Hooks,
    /// `uuid_kill`, too: only the end of the switch ends it.
    Kill,
}

/// How the far end takes the call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// A final SIP status other than 200.
    Refused {
        status: u16,
        phrase: String,
        cause: Cause,
    },
    /// Rings until the caller gives up.
    NoAnswer,
    /// The proxy swallows every packet: SIP timer B, 32 s.
    SilentProxy,
    /// A person answers and hangs up after so many seconds.
    Human { seconds: f64 },
    /// Answered by something that is no fax machine and stays: it refuses T.38.
    NotFax,
    /// Answered, and then nothing at all, not even a reply to the T.38 offer.
    Silent,
    /// A fax machine.
    Machine(Machine),
}

/// A fax machine at the far end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Machine {
    /// Its station id (CSI); `None`: the number dialled.
    pub(crate) station_id: Option<String>,
    /// Whether it takes T.38 when offered.
    pub(crate) t38: bool,
    /// Whether it has error correction.
    pub(crate) ecm: bool,
    /// Its highest rate in bit/s.
    pub(crate) rate: u32,
    /// Seconds a page takes; `None`: from the page's bytes.
    pub(crate) page_seconds: Option<f64>,
    pub(crate) fate: Fate,
}

/// How the fax goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// Every page arrives and is confirmed.
    Delivered,
    /// The far end hangs up in the page after so many confirmed ones.
    Drops { after_page: u32 },
    /// The far end is gone, without a BYE, in the page after so many confirmed ones.
    Vanishes { after_page: u32 },
    /// The last page arrives, its confirmation does not: the far end has the fax, the sender does not know.
    LastMcfLost,
    /// T.30 gives up with this completion code after so many confirmed pages.
    Fails { code: u8, after_page: u32 },
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            station_id: None,
            t38: true,
            ecm: true,
            rate: 14_400,
            page_seconds: None,
            fate: Fate::Delivered,
        }
    }
}

impl Scenario {
    /// A call that ends like this, at once.
    pub(crate) fn of(ending: Ending) -> Self {
        Self {
            late: 0.0,
            ring: 0.0,
            ending,
            deaf: None,
        }
    }

    /// A fax machine with this fate.
    pub(crate) fn machine(fate: Fate) -> Self {
        Self::of(Ending::Machine(Machine {
            fate,
            ..Machine::default()
        }))
    }

    /// The far end answers the INVITE with this status; `None` for one that was never recorded.
    pub(crate) fn refused(status: u16) -> Option<Self> {
        let (phrase, cause) = of_sip_status(status)?;
        Some(Self::of(Ending::Refused {
            status,
            phrase: phrase.to_owned(),
            cause,
        }))
    }
}

/// Which numbers do what: the table of `README.md`, and whatever a scenario file adds or overrides.
#[derive(Clone, Debug, Default)]
pub struct Scenarios {
    /// Played in this order, the last for ever.
    numbers: HashMap<Line, Vec<Scenario>>,
}

impl Scenarios {
    /// The scenario of the `nth` call (from 0) to a line; a machine that takes everything when nothing else is said.
    pub(crate) fn of(&self, line: &Line, nth: usize) -> Scenario {
        let given = self.numbers.get(line).cloned();
        let steps = given.or_else(|| builtin::steps(line)).unwrap_or_default();
        let last = steps.len().saturating_sub(1);
        steps
            .into_iter()
            .nth(nth.min(last))
            .unwrap_or_else(|| Scenario::machine(Fate::Delivered))
    }

    /// Adds what `other` says, in place of what was said about the same numbers.
    pub fn extend(&mut self, other: Self) {
        self.numbers.extend(other.numbers);
    }

    /// The lines that were named in a file.
    #[must_use]
    pub fn lines(&self) -> HashSet<&str> {
        self.numbers.keys().map(Line::digits).collect()
    }
}
