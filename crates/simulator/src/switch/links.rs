//! How connections behave, and how tests change that.

use super::{Switch, lock};

/// Where the switch is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Running,
    /// `fsctl shutdown elegant`: takes no new call, ends with the last one.
    Draining,
    /// Shut down: connections get the notice and are closed.
    Down,
    /// No process is there: nothing listens, connections are closed without a word.
    Away,
}

/// How connections behave; test controls change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// A connection of an older generation closes without a word.
    pub(crate) generation: u64,
    /// The older generation is reset (RST) instead of closed.
    pub(crate) reset: bool,
    /// Nothing is read or written.
    pub(crate) stalled: bool,
    /// Connections with a smaller number neither read nor write, nor close.
    pub(crate) frozen_below: u64,
    /// Stalls so far, to tell one from the next.
    pub(crate) stalls: u64,
    /// Down, and about to start again.
    pub(crate) restarting: bool,
    pub(crate) life: Life,
}

impl Links {
    pub(super) fn new(generation: u64) -> Self {
        Self {
            generation,
            reset: false,
            stalled: false,
            frozen_below: 0,
            stalls: 0,
            restarting: false,
            life: Life::Running,
        }
    }

    /// Whether the connection with this number does nothing at all.
    pub(crate) fn hold(&self, connection: u64) -> bool {
        self.stalled || connection < self.frozen_below
    }
}

impl Switch {
    /// The process is gone as far as clients can tell.
    pub(crate) fn go_away(&self) {
        self.links.send_modify(|links| {
            let generation = links.generation + 1;
            *links = Links {
                life: Life::Away,
                restarting: true,
                ..Links::new(generation)
            };
        });
    }

    /// Closes every connection, by FIN or by RST; calls go on.
    pub(crate) fn close_links(&self, reset: bool) {
        self.links.send_modify(|links| {
            links.generation += 1;
            links.reset = reset;
        });
    }

    /// The connections that are open now neither read nor write, nor close; new ones are well.
    pub(crate) fn freeze(&self) {
        let next = self.bus.next_id();
        self.links.send_modify(|links| links.frozen_below = next);
    }

    /// Nothing is read or written any more; the number of this stall is for [`Switch::end_stall`].
    pub(crate) fn stall(&self) -> u64 {
        let mut stall = 0;
        self.links.send_modify(|links| {
            links.stalled = true;
            links.stalls += 1;
            stall = links.stalls;
        });
        stall
    }

    /// Ends a stall, unless it is over and another has begun.
    pub(crate) fn end_stall(&self, stall: u64) {
        self.links.send_if_modified(|links| {
            let same = links.stalled && links.stalls == stall;
            links.stalled &= !same;
            same
        });
    }

    /// Ends stalls, half-open connections and `fsctl pause`.
    pub(crate) fn resume(&self) {
        self.links.send_modify(|links| {
            links.stalled = false;
            links.frozen_below = 0;
        });
        let mut limits = lock(&self.limits);
        limits.paused_inbound = false;
        limits.paused_outbound = false;
    }
}
