//! What a run came to, in a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The figures of a run, and what was broken in it.
#[derive(Debug, Default)]
pub struct Report {
    /// The database, and how many gateways shared it.
    pub name: String,
    /// What repeats the order of the faults.
    pub seed: u64,
    /// Gateways killed with `kill -9`.
    pub kills: usize,
    /// Faults by name.
    pub faults: BTreeMap<String, usize>,
    /// Faxes that were accepted.
    pub faxes: usize,
    /// Calls that were placed.
    pub calls: usize,
    /// Faxes that arrived whole.
    pub delivered: usize,
    /// Calls that went on behind confirmed pages.
    pub resumed: usize,
    /// Unconfirmed pages that arrived twice, all of them listed.
    pub repeated: usize,
    /// Faxes that could not arrive, and are known to have failed.
    pub failed: usize,
    /// Faxes of which nobody knows, because FreeSWITCH ended under them.
    pub unknown: usize,
    /// Faxes that were lost.
    pub lost: usize,
    /// Faxes of which something was sent twice.
    pub duplicated: usize,
    /// Other broken promises.
    pub otherwise_broken: usize,
    /// How long it took.
    pub took: Duration,
    /// How long the gateway took to be ready, at the median.
    pub start: Duration,
    /// What was broken, with all that is known of each fax.
    pub violations: Vec<String>,
}

impl Report {
    /// True if every promise was kept, and there was something to keep.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.delivered > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} (seed {})", self.name, self.seed)?;
        let rows = [
            ("kill -9 of a gateway", self.kills),
            ("faxes accepted", self.faxes),
            ("calls placed", self.calls),
            ("delivered", self.delivered),
            ("calls resumed behind confirmed pages", self.resumed),
            ("unconfirmed pages repeated, each listed", self.repeated),
            ("failed, as they had to", self.failed),
            ("unknown, FreeSWITCH ended under them", self.unknown),
            ("lost", self.lost),
            ("sent twice", self.duplicated),
            ("otherwise broken", self.otherwise_broken),
        ];
        for (what, count) in rows {
            writeln!(f, "  {what:<42} {count:>8}")?;
        }
        writeln!(f, "  {:<42} {:>6.0} s", "time", self.took.as_secs_f64())?;
        let start = self.start.as_millis();
        writeln!(f, "  {:<42} {start:>5} ms", "a gateway's start, median")?;
        writeln!(f, "  faults:")?;
        for (fault, count) in &self.faults {
            writeln!(f, "    {fault:<40} {count:>8}")?;
        }
        for violation in self.violations.iter().take(20) {
            writeln!(f, "\nVIOLATION (seed {}): {violation}", self.seed)?;
        }
        Ok(())
    }
}
