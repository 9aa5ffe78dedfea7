//! What other nodes tell.

use faxgate_db::{NodeLock, Wake};
use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Passes on what other nodes tell, as if it had happened here. Never ends.
    pub async fn follow_wakes(&self) {
        let mut wakes = self.db.wakes();
        loop {
            let wake = wakes.next().await;
            let all = wake == Wake::Everything;
            if all || wake == Wake::Queue {
                self.queue_changed.notify_one();
            }
            if all || wake == Wake::Cancel {
                self.cancel_requested.notify_one();
            }
            if all || wake == Wake::Jobs {
                self.work_added.notify_one();
            }
            if all || wake == Wake::CallRecord {
                self.records_came.notify_waiters();
            }
            if all || wake == Wake::CarrierEvent {
                self.carrier_events_came.notify_waiters();
            }
            if all || wake == Wake::Events {
                self.events_came.send_replace(());
            }
            if all {
                self.calls_left.notify_one();
            }
        }
    }

    /// Resolves when another node may have left its calls for others to take over.
    pub async fn calls_left(&self) {
        self.calls_left.notified().await;
    }

    /// Takes this node's name, and waits a moment for a process that is about to end.
    ///
    /// # Errors
    /// `NODE_NAME_TAKEN` when another living process has it; and when the database cannot be reached.
    pub async fn hold_node(&self, patience: Duration) -> Result<NodeLock> {
        let held = self.db.hold_node(self.node(), patience).await;
        held.map_err(|error| {
            if error.is_node_taken() {
                let node = self.node();
                Error::conflict(
                    "NODE_NAME_TAKEN",
                    format!(
                        "another process dispatches already under the name `{node}`: give each node a name of its own \
                         (FAXGATE_NODE__NAME); on SQLite there can be only one process that dispatches"
                    ),
                )
            } else {
                error.into()
            }
        })
    }
}
