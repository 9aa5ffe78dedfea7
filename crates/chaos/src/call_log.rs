//! The line's own record of what was dialled and delivered: the judge's only witness.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// One call, as the line saw it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) uuid: String,
    pub(crate) time: String,
    /// Pages that its sender saw confirmed.
    pub(crate) confirmed: u32,
    /// Pages that the far side holds of it.
    pub(crate) delivered: u32,
    /// How it ended; `None` when the line was killed under it.
    pub(crate) outcome: Option<String>,
    /// Whether another call to the same number was up when it was placed.
    pub(crate) beside_another: bool,
}

/// Every call of a run, by the last ten digits of its destination, in order.
pub(crate) struct CallLog {
    pub(crate) calls: HashMap<String, Vec<Call>>,
    pub(crate) placed: usize,
}

impl CallLog {
    /// Reads the log. `deaths` are the moments at which the line was killed: calls do not outlive them.
    pub(crate) fn read(path: &Path, deaths: &[String]) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let mut log = Self {
            calls: HashMap::new(),
            placed: 0,
        };
        for line in text.lines() {
            // A line that was being written when its writer was killed.
            let Ok(entry) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            log.enter(&entry, deaths);
        }
        Ok(log)
    }

    fn enter(&mut self, entry: &Value, deaths: &[String]) {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let pages = |key: &str| {
            let pages = entry[key].as_u64().unwrap_or(0);
            u32::try_from(pages).unwrap_or(u32::MAX)
        };
        let number = text("destination");
        let number = number[number.len().saturating_sub(10)..].to_owned();
        let calls = self.calls.entry(number).or_default();
        let uuid = text("call_uuid");
        if entry["event"] == "placed" {
            let time = text("time");
            let is_up = |call: &Call| {
                let died = |death: &String| *death > call.time && *death < time;
                call.outcome.is_none() && !deaths.iter().any(died)
            };
            let beside_another = calls.iter().any(is_up);
            calls.push(Call {
                uuid,
                time,
                confirmed: 0,
                delivered: 0,
                outcome: None,
                beside_another,
            });
            self.placed += 1;
        } else if let Some(call) = calls.iter_mut().rfind(|call| call.uuid == uuid) {
            call.confirmed = pages("pages_confirmed");
            call.delivered = pages("pages_delivered");
            if entry["event"] == "ended" {
                call.outcome = Some(text("outcome"));
            }
        }
    }
}
