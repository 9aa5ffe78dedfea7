//! What Telnyx calls our faxes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use faxgate_types::AttemptId;

use super::Office;

/// The ids that are not written down yet.
#[derive(Default)]
pub(super) struct Ids(Mutex<HashMap<AttemptId, String>>);

impl Ids {
    fn all(&self) -> MutexGuard<'_, HashMap<AttemptId, String>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// The id of this attempt's fax, if it could not be written down so far.
    pub(super) fn of(&self, attempt: AttemptId) -> Option<String> {
        self.all().get(&attempt).cloned()
    }
}

impl Office {
    /// Writes a fax's id down; as long as that fails, it is kept here and tried again.
    pub(super) async fn note(&self, attempt: AttemptId, id: &str) {
        self.ids.all().insert(attempt, id.to_owned());
        self.write_id(attempt, id).await;
    }

    /// Tries again what could not be written down.
    pub(super) async fn write_ids(&self) {
        let waiting = self.ids.all().clone();
        for (attempt, id) in waiting {
            if !self.write_id(attempt, &id).await {
                // The others would fare no better.
                return;
            }
        }
    }

    async fn write_id(&self, attempt: AttemptId, id: &str) -> bool {
        let written = self.app.note_carrier_id(attempt, id).await;
        match &written {
            Ok(()) => {
                self.ids.all().remove(&attempt);
            }
            Err(error) => tracing::warn!(
                error = error as &dyn std::error::Error, %attempt, telnyx_fax = id,
                "what telnyx calls a fax cannot be written down yet"
            ),
        }
        written.is_ok()
    }
}
