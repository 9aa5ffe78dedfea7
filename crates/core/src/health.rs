//! Which of the tasks that never end are down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// What is down just now, and why. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl Health {
    fn state(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// A part does not work, for this reason.
    pub fn down(&self, part: &'static str, reason: impl Into<String>) {
        self.state().insert(part, reason.into());
    }

    /// The part works (again).
    pub fn up(&self, part: &'static str) {
        self.state().remove(part);
    }

    /// What is down, as a sentence; `None`: nothing is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let state = self.state();
        let parts: Vec<_> = state
            .iter()
            .map(|(part, reason)| format!("{part}: {reason}"))
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
