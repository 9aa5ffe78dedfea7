//! The simulator's call log: what was really dialled and delivered.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

/// What the line knows.
pub(crate) struct Verdict {
    /// Calls placed, by destination.
    pub(crate) placed: HashMap<String, u32>,
    /// Calls ended with every page delivered, by destination.
    pub(crate) delivered: HashMap<String, u32>,
    /// Destinations that were called again after a delivery.
    pub(crate) called_again: Vec<String>,
}

/// Reads the call log, in order.
pub(crate) fn judge(call_log: &Path) -> Verdict {
    let mut verdict = Verdict {
        placed: HashMap::new(),
        delivered: HashMap::new(),
        called_again: Vec::new(),
    };
    let text = std::fs::read_to_string(call_log).unwrap_or_default();
    // The last line may be half written.
    for entry in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let destination = entry["destination"]
            .as_str()
            .expect("a destination")
            .to_owned();
        if entry["event"] == "placed" {
            if verdict.delivered.contains_key(&destination) {
                verdict.called_again.push(destination.clone());
            }
            *verdict.placed.entry(destination).or_default() += 1;
        } else if entry["outcome"] == "delivered" {
            *verdict.delivered.entry(destination).or_default() += 1;
        }
    }
    verdict
}
