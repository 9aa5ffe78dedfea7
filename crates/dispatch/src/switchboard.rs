//! Which task watches which call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use faxgate_core::CallEvent;
use faxgate_types::CallUuid;
use tokio::sync::{Notify, mpsc};

/// A call makes a dozen events; a task that is this far behind asks instead.
const BACKLOG: usize = 64;

/// Connects what is seen of a call with the task that watches it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Switchboard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: HashMap<CallUuid, Watched>,
}

struct Watched {
    lane: String,
    seen: mpsc::Sender<CallEvent>,
    doubt: Arc<Notify>,
}

/// What a call's task hears.
pub(crate) struct Watch {
    seen: mpsc::Receiver<CallEvent>,
    doubt: Arc<Notify>,
}

/// What a call's task hears.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Something was seen of the call.
    Seen(CallEvent),
    /// Something may have been missed: ask.
    Doubt,
    /// Somebody else watches the call now.
    TakenOver,
}

impl Watch {
    /// What was heard, and nobody has listened to. Once nobody watches the call any more, this is the last of it.
    pub(crate) fn rest(&mut self) -> Vec<CallEvent> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }

    /// What is heard next. What was seen comes first, in order.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            seen = self.seen.recv() => seen.map_or(Signal::TakenOver, Signal::Seen),
            () = self.doubt.notified() => Signal::Doubt,
        }
    }
}

impl Switchboard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Watches a call from now on; before it is placed, so that nothing is missed. Whoever watched it does so no longer.
    pub(crate) fn watch(&self, call: CallUuid, lane: &str) -> Watch {
        let (sender, seen) = mpsc::channel(BACKLOG);
        let doubt = Arc::new(Notify::new());
        let watched = Watched {
            lane: lane.to_owned(),
            seen: sender,
            doubt: Arc::clone(&doubt),
        };
        self.state().calls.insert(call, watched);
        Watch { seen, doubt }
    }

    /// Nobody watches the call any more: it is settled.
    pub(crate) fn settled(&self, call: CallUuid) {
        self.state().calls.remove(&call);
    }

    /// The call is not this task's any more: it hears so after everything that was seen before.
    pub(crate) fn taken_over(&self, call: CallUuid) {
        self.state().calls.remove(&call);
    }

    /// Passes on what was seen; `false` when nobody here watches the call.
    pub(crate) fn deliver(&self, event: CallEvent) -> bool {
        let mut state = self.state();
        let Some(watched) = state.calls.get_mut(&event.call) else {
            return false;
        };
        let call = event.call;
        if watched.seen.try_send(event).is_err() {
            tracing::warn!(%call, "a call's task is behind; an event of it was dropped, so it asks instead");
            watched.doubt.notify_one();
        }
        true
    }

    /// Whether somebody here watches the call.
    pub(crate) fn is_watched(&self, call: CallUuid) -> bool {
        self.state().calls.contains_key(&call)
    }

    /// Tells every call on a lane that events may have been lost.
    pub(crate) fn doubt(&self, lane: &str) {
        let state = self.state();
        for watched in state.calls.values().filter(|watched| watched.lane == lane) {
            watched.doubt.notify_one();
        }
    }

    /// How many calls are watched.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.state().calls.len()
    }
}
