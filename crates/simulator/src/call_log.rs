//! The call log: what was really dialled and how it really ended, a JSON line each.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use faxgate_types::Timestamp;
use serde::Serialize;

/// How a call ended, as the call log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every page was confirmed.
    Delivered,
    /// Some pages were confirmed, or arrived unconfirmed.
    Partial,
    /// Busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// The network or the far end refused the number or the call.
    Rejected,
    /// Answered by something that is no fax machine.
    NotFax,
    /// Anything else.
    Failed,
}

/// One call that a client placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The channel's UUID.
    pub call_uuid: String,
    /// The gateway it went through.
    pub gateway: String,
    /// The destination as dialled.
    pub destination: String,
    /// SHA-256 of the file when the call was placed; `None`: no file or not readable.
    pub file_sha256: Option<String>,
    /// Pages in that file.
    pub pages_total: u32,
    /// Pages of this call that the sender saw confirmed.
    pub pages_confirmed: u32,
    /// Pages of this call that the far side holds.
    pub pages_delivered: u32,
    /// How it ended; `None` while it is up.
    pub outcome: Option<Outcome>,
}

/// One line of the log.
#[derive(Serialize)]
struct Entry<'a> {
    event: &'static str,
    time: Timestamp,
    #[serde(flatten)]
    call: &'a Call,
}

/// Every call so far, and the file they are written to.
#[derive(Debug)]
pub(crate) struct CallLog {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<File>,
    /// Write a line for each page, too.
    pages: bool,
    calls: Vec<Call>,
    ended: usize,
}

/// A call's place in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered(usize);

impl CallLog {
    /// Opens the file for appending; without one only the memory is kept.
    pub(crate) fn open(path: Option<&Path>, pages: bool) -> std::io::Result<Self> {
        let file = path
            .map(|path| OpenOptions::new().create(true).append(true).open(path))
            .transpose()?;
        Ok(Self {
            inner: Mutex::new(Inner {
                file,
                pages,
                calls: Vec::new(),
                ended: 0,
            }),
        })
    }

    /// Writes `placed`: before anything else of the call is seen anywhere.
    pub(crate) fn placed(&self, time: Timestamp, call: Call) -> Entered {
        let mut inner = self.lock();
        inner.write("placed", time, &call);
        inner.calls.push(call);
        Entered(inner.calls.len() - 1)
    }

    /// A page has arrived or was confirmed; writes `page` when that was asked for.
    pub(crate) fn page(&self, time: Timestamp, entered: Entered, confirmed: u32, delivered: u32) {
        let mut inner = self.lock();
        let Some(call) = inner.calls.get_mut(entered.0) else {
            return;
        };
        call.pages_confirmed = confirmed;
        call.pages_delivered = delivered;
        if inner.pages {
            let call = inner.calls[entered.0].clone();
            inner.write("page", time, &call);
        }
    }

    /// Writes `ended`: before the CDR and the hang-up events.
    pub(crate) fn ended(
        &self,
        time: Timestamp,
        entered: Entered,
        confirmed: u32,
        delivered: u32,
        outcome: Outcome,
    ) {
        let mut inner = self.lock();
        let Some(call) = inner.calls.get_mut(entered.0) else {
            return;
        };
        call.pages_confirmed = confirmed;
        call.pages_delivered = delivered;
        call.outcome = Some(outcome);
        let call = call.clone();
        inner.ended += 1;
        inner.write("ended", time, &call);
    }

    /// How many calls were placed, and how many of them have ended.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.calls.len(), inner.ended)
    }

    /// Every call, in the order they were placed.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Inner {
    /// A single write of a whole line: a reader never sees half of one, and a killed process loses none.
    fn write(&mut self, event: &'static str, time: Timestamp, call: &Call) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_vec(&Entry { event, time, call })
            .map_err(std::io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)
            });
        if let Err(error) = written {
            tracing::error!(%error, call_uuid = call.call_uuid, "the call log cannot be written");
        }
    }
}
