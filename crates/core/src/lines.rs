//! How this process's lines are, for whoever asks after the gateway's health.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::app::App;

/// Lines that were tried out, and why those that are not used are not.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<BTreeMap<String, Option<String>>>);

impl Lines {
    fn state(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl App {
    /// A line works (`None`), or is not used, for this reason.
    pub fn line_state(&self, name: &str, trouble: Option<String>) {
        self.lines.state().insert(name.to_owned(), trouble);
    }

    /// The lines of this process that are not used although they are connected, each with the reason. Only a process that
    /// dispatches has lines.
    #[must_use]
    pub fn lines_in_trouble(&self) -> Vec<(String, String)> {
        let lines = self.lines.state();
        lines
            .iter()
            .filter_map(|(name, trouble)| trouble.clone().map(|trouble| (name.clone(), trouble)))
            .collect()
    }
}
