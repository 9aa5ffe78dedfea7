//! What a test makes go wrong: events and replies that are lost, repeated or slow, a disk that is full.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::event::Event;

/// The faults that are on.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    lose_events: Next,
    repeat_events: Next,
    lose_replies: Next,
    torn_cdrs: Next,
    slow_reply: Duration,
    disk_full: bool,
}

/// The next so many of something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Next {
    pub(crate) left: u32,
    /// Only those of this kind.
    pub(crate) only: Option<String>,
}

impl Next {
    /// The next `left`, of one kind only when it is named.
    pub(crate) fn of(left: u32, only: Option<&str>) -> Self {
        Self {
            left,
            only: only.map(ToOwned::to_owned),
        }
    }

    fn takes(&mut self, fits: impl FnOnce(&str) -> bool) -> bool {
        let takes = self.left > 0 && self.only.as_deref().is_none_or(fits);
        self.left -= u32::from(takes);
        takes
    }
}

impl Faults {
    /// How often an event that somebody wants is delivered.
    pub(crate) fn copies(&self, event: &Event) -> usize {
        let named = |wanted: &str| {
            event.name.eq_ignore_ascii_case(wanted)
                || event
                    .subclass
                    .as_deref()
                    .is_some_and(|subclass| subclass == wanted)
        };
        let mut inner = self.lock();
        if inner.lose_events.takes(named) {
            0
        } else if inner.repeat_events.takes(named) {
            2
        } else {
            1
        }
    }

    /// Whether the reply to this command is lost; the command was carried out.
    pub(crate) fn loses_reply(&self, command: &str) -> bool {
        self.lock()
            .lose_replies
            .takes(|word| command.contains(word))
    }

    /// How long every reply takes.
    pub(crate) fn reply_delay(&self) -> Duration {
        self.lock().slow_reply
    }

    /// Whether nothing can be written to the spool.
    pub(crate) fn disk_is_full(&self) -> bool {
        self.lock().disk_full
    }

    /// Whether this CDR is seen half written for a while.
    pub(crate) fn tears_cdr(&self) -> bool {
        self.lock().torn_cdrs.takes(|_| true)
    }

    pub(crate) fn tear_cdrs(&self, next: Next) {
        self.lock().torn_cdrs = next;
    }

    pub(crate) fn lose_events(&self, next: Next) {
        self.lock().lose_events = next;
    }

    pub(crate) fn repeat_events(&self, next: Next) {
        self.lock().repeat_events = next;
    }

    pub(crate) fn lose_replies(&self, next: Next) {
        self.lock().lose_replies = next;
    }

    pub(crate) fn slow_reply(&self, delay: Duration) {
        self.lock().slow_reply = delay;
    }

    pub(crate) fn fill_disk(&self, full: bool) {
        self.lock().disk_full = full;
    }

    /// Everything is well again.
    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_two_of_a_kind_are_lost_and_others_are_not() {
        let event = |name: &'static str, subclass: Option<&'static str>| {
            Event::new(name, subclass.map(Into::into), Vec::new(), None)
        };
        let faults = Faults::default();
        faults.lose_events(Next {
            left: 2,
            only: Some("spandsp::txfaxresult".to_owned()),
        });
        let result = event("CUSTOM", Some("spandsp::txfaxresult"));
        let copies = [&result, &event("CHANNEL_ANSWER", None), &result, &result]
            .map(|event| faults.copies(event));
        assert_eq!(copies, [0, 1, 0, 1]);
        faults.repeat_events(Next {
            left: 1,
            only: None,
        });
        assert_eq!([faults.copies(&result), faults.copies(&result)], [2, 1]);
    }
}
