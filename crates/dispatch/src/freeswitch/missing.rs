//! Calls without a channel and without a record, where records may come late.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use faxgate_types::CallUuid;
use tokio::time::Instant;

/// Who was not asked for in so long is another node's, or settled: an open call is asked for every few seconds.
const LET_GO: Duration = Duration::from_secs(600);

struct Looked {
    first: Instant,
    last: Instant,
}

/// Since when there is neither a channel nor a record of a call.
#[derive(Default)]
pub(super) struct Missing(Mutex<HashMap<CallUuid, Looked>>);

impl Missing {
    fn calls(&self) -> MutexGuard<'_, HashMap<CallUuid, Looked>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// It is missing now; says for how long it has been.
    pub(super) fn asked(&self, call: CallUuid) -> Duration {
        let now = Instant::now();
        let mut calls = self.calls();
        calls.retain(|_, looked| now - looked.last < LET_GO);
        let looked = calls.entry(call).or_insert(Looked {
            first: now,
            last: now,
        });
        looked.last = now;
        now - looked.first
    }

    /// It is not missing: it lives, or is settled.
    pub(super) fn seen(&self, call: CallUuid) {
        self.calls().remove(&call);
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wait_begins_anew_once_a_call_was_seen_or_nobody_asked_for_it() {
        let ambient = Ambient::system();
        let (call, other) = (CallUuid::generate(&ambient), CallUuid::generate(&ambient));
        let missing = Missing::default();
        let wait = Duration::from_secs(400);
        assert_eq!(missing.asked(call), Duration::ZERO);
        advance(wait).await;
        assert_eq!(missing.asked(call), wait);
        missing.seen(call);
        assert_eq!(missing.asked(call), Duration::ZERO);
        advance(wait).await;
        assert_eq!(missing.asked(other), Duration::ZERO);
        advance(wait).await;
        assert_eq!(missing.asked(other), wait);
        assert_eq!(
            missing.calls().len(),
            1,
            "nobody asks for the first any more"
        );
        assert_eq!(missing.asked(call), Duration::ZERO);
    }
}
