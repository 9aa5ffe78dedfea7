//! Which items are in the hands of living tasks: only their leases are renewed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use faxgate_types::ItemId;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// The items that tasks of this process hold. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Floor(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    last: u64,
    seats: HashMap<u64, Taken>,
    closed: bool,
}

struct Taken {
    item: ItemId,
    cancel: watch::Sender<bool>,
    task: Option<AbortHandle>,
}

/// A task's hold on an item; dropping it ends the hold, however the task ends.
pub(crate) struct Seat {
    floor: Floor,
    number: u64,
    cancel: watch::Receiver<bool>,
}

impl Floor {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .state
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Takes hold of an item, for as long as the seat lives. `None`: nobody may begin any more.
    pub(crate) fn take(&self, item: ItemId) -> Option<Seat> {
        let (told, cancel) = watch::channel(false);
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.last += 1;
        let number = state.last;
        let taken = Taken {
            item,
            cancel: told,
            task: None,
        };
        state.seats.insert(number, taken);
        drop(state);
        Some(Seat {
            floor: self.clone(),
            number,
            cancel,
        })
    }

    /// The task behind a seat, so that it can be ended.
    pub(crate) fn staffed(&self, number: u64, task: AbortHandle) {
        let mut state = self.state();
        if state.closed {
            task.abort();
        } else if let Some(taken) = state.seats.get_mut(&number) {
            taken.task = Some(task);
        }
    }

    /// The items that living tasks hold.
    pub(crate) fn items(&self) -> Vec<ItemId> {
        self.state()
            .seats
            .values()
            .map(|taken| taken.item)
            .collect()
    }

    /// How many tasks there are.
    pub(crate) fn len(&self) -> usize {
        self.state().seats.len()
    }

    /// Tells whoever holds the item that somebody wants its call to end. Telling it again changes nothing.
    pub(crate) fn cancel(&self, item: ItemId) {
        let state = self.state();
        for taken in state.seats.values().filter(|taken| taken.item == item) {
            taken
                .cancel
                .send_if_modified(|told| !std::mem::replace(told, true));
        }
    }

    /// Resolves when no task holds anything.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.0.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Ends every task where it stands, and lets nobody begin; says what they held.
    pub(crate) async fn close(&self) -> Vec<ItemId> {
        let items = self.items();
        {
            let mut state = self.state();
            state.closed = true;
            let tasks = state.seats.values().filter_map(|taken| taken.task.as_ref());
            tasks.for_each(AbortHandle::abort);
        }
        self.emptied().await;
        items
    }
}

impl Seat {
    /// Its number on the floor.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether somebody wants the item's call to end, now and whenever that changes.
    pub(crate) fn cancel(&self) -> watch::Receiver<bool> {
        self.cancel.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let empty = {
            let mut state = self.floor.state();
            state.seats.remove(&self.number);
            state.seats.is_empty()
        };
        if empty {
            self.floor.0.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    fn item() -> ItemId {
        ItemId::generate(&Ambient::system())
    }

    #[tokio::test]
    async fn an_item_is_held_as_long_as_its_task_lives_and_no_longer() {
        let (floor, item) = (Floor::default(), item());
        let seat = floor.take(item).unwrap();
        let number = seat.number();
        let task = tokio::spawn(async move {
            let _seat = seat;
            std::future::pending::<()>().await;
        });
        floor.staffed(number, task.abort_handle());
        assert_eq!(floor.items(), [item]);
        task.abort();
        floor.emptied().await;
        assert_eq!(floor.items(), []);
    }

    #[tokio::test]
    async fn closing_ends_every_task_and_says_what_it_held() {
        let (floor, item) = (Floor::default(), item());
        let seat = floor.take(item).unwrap();
        let number = seat.number();
        let task = tokio::spawn(async move {
            let _seat = seat;
            std::future::pending::<()>().await;
        });
        floor.staffed(number, task.abort_handle());
        assert_eq!(floor.close().await, [item]);
        assert!(floor.take(item).is_none());
    }

    #[tokio::test]
    async fn a_cancel_is_told_once() {
        let (floor, item) = (Floor::default(), item());
        let seat = floor.take(item).unwrap();
        let mut cancel = seat.cancel();
        floor.cancel(item);
        cancel.changed().await.unwrap();
        assert!(*cancel.borrow_and_update());
        floor.cancel(item);
        assert!(!cancel.has_changed().unwrap());
    }
}
