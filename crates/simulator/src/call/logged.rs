//! A call's entry in the call log, which is closed even when the switch is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::call_log::{Call, Entered, Outcome};
use crate::switch::Switch;

/// One placed call. Dropped without an end, it logs what was true until then.
#[derive(Debug)]
pub(super) struct Logged {
    switch: Arc<Switch>,
    entered: Option<Entered>,
    confirmed: AtomicU32,
    delivered: AtomicU32,
}

impl Logged {
    /// Writes `placed`.
    pub(super) fn place(switch: &Arc<Switch>, call: Call) -> Self {
        let entered = switch.log.placed(switch.options.ambient.now(), call);
        Self {
            switch: Arc::clone(switch),
            entered: Some(entered),
            confirmed: AtomicU32::new(0),
            delivered: AtomicU32::new(0),
        }
    }

    /// The far side holds one more page.
    pub(super) fn page_delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
        self.page();
    }

    /// The sender has seen one more page confirmed.
    pub(super) fn page_confirmed(&self) {
        self.confirmed.fetch_add(1, Ordering::Relaxed);
        self.page();
    }

    /// Brings the log's entry up to date, in memory, and in the file when that was asked for.
    fn page(&self) {
        let Some(entered) = self.entered else { return };
        let now = self.switch.options.ambient.now();
        self.switch.log.page(
            now,
            entered,
            self.confirmed.load(Ordering::Relaxed),
            self.delivered.load(Ordering::Relaxed),
        );
    }

    /// Writes `ended`; once pages have arrived, a failure is partial.
    pub(super) fn end(&mut self, outcome: Outcome) {
        let Some(entered) = self.entered.take() else {
            return;
        };
        let (confirmed, delivered) = (
            self.confirmed.load(Ordering::Relaxed),
            self.delivered.load(Ordering::Relaxed),
        );
        let outcome = match outcome {
            Outcome::Failed if confirmed > 0 || delivered > 0 => Outcome::Partial,
            other => other,
        };
        let now = self.switch.options.ambient.now();
        self.switch
            .log
            .ended(now, entered, confirmed, delivered, outcome);
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        self.end(Outcome::Failed);
    }
}
