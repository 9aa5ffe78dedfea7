//! Which task watches which call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use faxgate_core::CallEvent;
use faxgate_types::{CallUuid, ItemId};
use tokio::sync::mpsc;

/// What a call's task hears.
#[derive(Clone, Debug)]
pub(crate) enum Signal {
    /// Something was seen of the call.
    Seen(CallEvent),
    /// Events may have been lost: ask.
    Doubt,
    /// Somebody wants the call to end.
    Cancel,
}

/// A call makes a dozen events; a task that is this far behind asks instead.
const BACKLOG: usize = 64;

/// Calls settled lately, so that their CDRs need no look at the database.
const REMEMBERED: usize = 4096;

/// Connects what is seen of a call with the task that watches it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Switchboard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: HashMap<CallUuid, Watched>,
    settled: VecDeque<CallUuid>,
}

struct Watched {
    item: ItemId,
    lane: String,
    signals: mpsc::Sender<Signal>,
}

impl Switchboard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Watches a call from now on; before it is placed, so that nothing is missed.
    pub(crate) fn watch(&self, call: CallUuid, item: ItemId, lane: &str) -> mpsc::Receiver<Signal> {
        let (signals, receiver) = mpsc::channel(BACKLOG);
        let watched = Watched {
            item,
            lane: lane.to_owned(),
            signals,
        };
        self.state().calls.insert(call, watched);
        receiver
    }

    /// Nobody watches the call any more: it is settled.
    pub(crate) fn settled(&self, call: CallUuid) {
        let mut state = self.state();
        state.calls.remove(&call);
        state.settled.push_back(call);
        if state.settled.len() > REMEMBERED {
            state.settled.pop_front();
        }
    }

    /// Passes on what was seen; `false` when nobody here watches the call.
    pub(crate) fn deliver(&self, event: CallEvent) -> bool {
        let mut state = self.state();
        let Some(watched) = state.calls.get_mut(&event.call) else {
            return false;
        };
        let call = event.call;
        if watched.signals.try_send(Signal::Seen(event)).is_err() {
            // The task asks for itself from time to time, and the call's record tells it all again.
            tracing::warn!(%call, "a call's task is behind; an event of it was dropped");
        }
        true
    }

    /// Whether a call was settled here lately.
    pub(crate) fn was_settled(&self, call: CallUuid) -> bool {
        self.state().settled.contains(&call)
    }

    /// Tells every call on a lane that events may have been lost.
    pub(crate) fn doubt(&self, lane: &str) {
        let state = self.state();
        for watched in state.calls.values().filter(|watched| watched.lane == lane) {
            let _ = watched.signals.try_send(Signal::Doubt);
        }
    }

    /// Tells the call of an item that somebody wants it to end.
    pub(crate) fn cancel(&self, item: ItemId) {
        let state = self.state();
        for watched in state.calls.values().filter(|watched| watched.item == item) {
            let _ = watched.signals.try_send(Signal::Cancel);
        }
    }

    /// How many calls are watched.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.state().calls.len()
    }
}
