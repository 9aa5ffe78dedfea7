//! The bounded queue between a connection that must never wait and a reader that may.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::event::Event;
use crate::event_stream::Incoming;

/// Made by [`queue`]: the connection's end.
#[derive(Debug)]
pub(crate) struct Pusher(Arc<Mutex<Queue>>);

/// Made by [`queue`]: the reader's end.
#[derive(Debug)]
pub(crate) struct Puller(Arc<Mutex<Queue>>);

#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Incoming>,
    capacity: usize,
    reader: Option<Waker>,
    connection: Option<Waker>,
    pusher_gone: bool,
    puller_gone: bool,
}

pub(crate) fn queue(capacity: usize) -> (Pusher, Puller) {
    let queue = Arc::new(Mutex::new(Queue {
        waiting: VecDeque::new(),
        capacity,
        reader: None,
        connection: None,
        pusher_gone: false,
        puller_gone: false,
    }));
    (Pusher(Arc::clone(&queue)), Puller(queue))
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing in here can panic half-way, so a poisoned queue is still whole.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pusher {
    /// Adds an event, or counts it as lost if the queue is full.
    pub(crate) fn push(&self, event: Event) {
        let mut queue = lock(&self.0);
        if queue.waiting.len() < queue.capacity {
            queue.waiting.push_back(Incoming::Event(event));
        } else {
            queue.lose();
        }
        queue.wake();
    }

    /// Counts an event that could not be read as lost, in its place.
    pub(crate) fn lost_one(&self) {
        let mut queue = lock(&self.0);
        queue.lose();
        queue.wake();
    }

    /// True if nobody reads any more; otherwise the task is woken when that happens.
    pub(crate) fn reader_is_gone(&self, context: &mut Context<'_>) -> bool {
        let mut queue = lock(&self.0);
        if !queue.puller_gone {
            match &mut queue.connection {
                Some(waker) => waker.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
        }
        queue.puller_gone
    }
}

impl Queue {
    fn lose(&mut self) {
        if let Some(Incoming::Resync { lost }) = self.waiting.back_mut() {
            *lost = lost.saturating_add(1);
        } else if self.puller_gone {
            // Nobody is left to be told.
        } else {
            self.waiting.push_back(Incoming::Resync { lost: 1 });
        }
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Puller {
    pub(crate) fn poll_pull(&self, context: &mut Context<'_>) -> Poll<Option<Incoming>> {
        let mut queue = lock(&self.0);
        if let Some(next) = queue.waiting.pop_front() {
            return Poll::Ready(Some(next));
        }
        if queue.pusher_gone {
            return Poll::Ready(None);
        }
        queue.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Pusher {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.pusher_gone = true;
        queue.wake();
    }
}

impl Drop for Puller {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.puller_gone = true;
        queue.waiting.clear();
        queue.capacity = 0;
        if let Some(connection) = queue.connection.take() {
            connection.wake();
        }
    }
}
