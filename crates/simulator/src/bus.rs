//! From the switch to the connections that listen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc};

use crate::esl::Subscription;
use crate::event::Event;
use crate::faults::Faults;

/// So many lost events after a full queue are forgiven (`MAX_MISSED` of mod_event_socket).
const MAX_MISSED: u32 = 500;

/// Hands events to every connection that subscribed to them.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    listeners: Mutex<HashMap<u64, Arc<Listener>>>,
    next: AtomicU64,
}

/// The switch's side of one connection.
#[derive(Debug)]
pub(crate) struct Listener {
    id: u64,
    subscription: Mutex<Subscription>,
    queue: mpsc::Sender<Arc<Event>>,
    missed: AtomicU32,
    /// Told once too many events were lost.
    pub(crate) killed: Notify,
}

impl Bus {
    /// A new connection, subscribed to nothing, with room for `capacity` waiting events.
    pub(crate) fn join(&self, capacity: usize) -> (Arc<Listener>, mpsc::Receiver<Arc<Event>>) {
        let (queue, events) = mpsc::channel(capacity.max(1));
        let listener = Arc::new(Listener {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            subscription: Mutex::default(),
            queue,
            missed: AtomicU32::new(0),
            killed: Notify::new(),
        });
        self.lock().insert(listener.id, Arc::clone(&listener));
        (listener, events)
    }

    /// The connection is gone.
    pub(crate) fn leave(&self, listener: &Listener) {
        self.lock().remove(&listener.id);
    }

    /// Whether anybody is connected.
    pub(crate) fn has_listeners(&self) -> bool {
        !self.lock().is_empty()
    }

    /// How many are connected.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// The number that the next connection gets.
    pub(crate) fn next_id(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Whether anybody subscribed to events of this name, filters aside: nobody makes an event that nobody hears.
    pub(crate) fn hears(&self, name: &str, subclass: Option<&str>) -> bool {
        let listeners = self.lock();
        listeners
            .values()
            .any(|listener| listener.subscription().covers(name, subclass))
    }

    /// Queues an event for everybody who wants it. What a full queue cannot take is lost in silence, as in
    /// FreeSWITCH, until too much is.
    pub(crate) fn publish(&self, event: &Arc<Event>, faults: &Faults) {
        // Known once somebody wants it: faults are not spent on events that nobody hears.
        let mut copies = None;
        for listener in self.lock().values() {
            if !listener.subscription().wants(event) {
                continue;
            }
            for _ in 0..*copies.get_or_insert_with(|| faults.copies(event)) {
                listener.queue(event);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Listener>>> {
        self.listeners
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Listener {
    /// Its number: connections are counted from 0.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    fn queue(&self, event: &Arc<Event>) {
        if self.queue.try_send(Arc::clone(event)).is_err()
            && self.missed.fetch_add(1, Ordering::Relaxed) == MAX_MISSED
        {
            self.killed.notify_one();
        }
    }

    /// What the connection wants to hear.
    pub(crate) fn subscription(&self) -> std::sync::MutexGuard<'_, Subscription> {
        self.subscription
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}
