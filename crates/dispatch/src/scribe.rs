//! Writing down how far calls have come, many in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use faxgate_core::{App, Step};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{AttemptPhase, CallUuid};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::switchboard::Switchboard;

/// Steps that may wait. A call makes a dozen, and its verdict tells them all again.
const BACKLOG: usize = 8192;
/// Steps in one transaction.
const BATCH: usize = 512;

enum Note {
    Step(Box<Step>),
    Flush(oneshot::Sender<()>),
}

/// Takes notes; one task writes them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Scribe {
    notes: mpsc::Sender<Note>,
    inbox: Arc<Mutex<mpsc::Receiver<Note>>>,
}

impl Scribe {
    pub(crate) fn new() -> Self {
        let (notes, inbox) = mpsc::channel(BACKLOG);
        Self {
            notes,
            inbox: Arc::new(Mutex::new(inbox)),
        }
    }

    /// Takes down a step. The steps of a call are written in the order in which they are told.
    pub(crate) fn note(&self, step: Step) {
        if self.notes.try_send(Note::Step(Box::new(step))).is_err() {
            tracing::warn!(
                "progress cannot be written as fast as it comes; a step of a call was dropped"
            );
        }
    }

    /// Resolves when everything told so far is written, or cannot be.
    pub(crate) async fn flush(&self) {
        let (written, when_written) = oneshot::channel();
        if self.notes.send(Note::Flush(written)).await.is_ok() {
            let _ = when_written.await;
        }
    }

    /// Writes until nobody takes notes any more. A call that is somebody else's by now is told so.
    pub(crate) async fn write(self, app: App, switchboard: Switchboard) {
        let Self { notes, inbox } = self;
        drop(notes);
        let mut inbox = inbox.lock().await;
        let mut batch = Vec::with_capacity(BATCH);
        while inbox.recv_many(&mut batch, BATCH).await > 0 {
            let (mut steps, mut waiting) = (Vec::new(), Vec::new());
            for note in batch.drain(..) {
                match note {
                    Note::Step(step) => steps.push(*step),
                    Note::Flush(written) => waiting.push(written),
                }
            }
            if !steps.is_empty() {
                write(&app, &switchboard, &steps).await;
            }
            for written in waiting {
                let _ = written.send(());
            }
        }
    }
}

async fn write(app: &App, switchboard: &Switchboard, steps: &[Step]) {
    let error = match app.write_steps(steps).await {
        Ok(written) => return tell(switchboard, steps, &written),
        Err(error) => error,
    };
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        steps = steps.len(),
        "progress cannot be written all at once; trying call by call"
    );
    for steps in by_call(steps) {
        match app.write_steps(&steps).await {
            Ok(written) => tell(switchboard, &steps, &written),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    steps = steps.len(),
                    "progress of a call cannot be written"
                );
            }
        }
    }
}

/// The steps of each call, in their order.
fn by_call(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut calls: BTreeMap<CallUuid, Vec<Step>> = BTreeMap::new();
    for step in steps {
        let call = calls.entry(step.attempt.call_uuid).or_default();
        call.push(step.clone());
    }
    calls.into_values().collect()
}

fn tell(switchboard: &Switchboard, steps: &[Step], written: &[bool]) {
    for (step, is_ours) in steps.iter().zip(written) {
        if !is_ours {
            switchboard.taken_over(step.attempt.call_uuid);
        } else if step.phase == AttemptPhase::Negotiated {
            failpoint::reach(Failpoint::MidPage);
        }
    }
}
