//! The call log: which fax was really sent and how it really ended, a JSON line each.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use faxgate_types::Timestamp;
use serde::Serialize;

/// How a fax ended, as the call log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every page arrived.
    Delivered,
    /// Some pages arrived.
    Partial,
    /// Cancelled by the client.
    Canceled,
    /// Nothing arrived.
    Failed,
}

/// One outbound fax that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The id that the double gave it.
    pub fax_id: String,
    /// As the client gave it (base64 as a rule).
    pub client_state: Option<String>,
    /// Whose application sent it.
    pub connection_id: String,
    /// The sender.
    pub from: String,
    /// The destination as it was asked for.
    pub to: String,
    /// SHA-256 of the document, lower-case hex; `None` until it was fetched, or for ever when it could not be.
    pub file_sha256: Option<String>,
    /// Pages of the document; 0 until that is known.
    pub pages_total: u32,
    /// Pages that the far end holds.
    pub pages_delivered: u32,
    /// Whether T.38 was allowed.
    pub t38_enabled: bool,
    /// How it ended; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// Telnyx' word for why it failed.
    pub failure_reason: Option<String>,
}

/// One line of the log.
#[derive(Serialize)]
struct Entry<'a> {
    event: &'static str,
    time: Timestamp,
    #[serde(flatten)]
    call: &'a Call,
}

/// Every outbound fax so far, and the file they are written to.
#[derive(Debug)]
pub(super) struct CallLog(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: Option<File>,
    calls: Vec<Call>,
}

impl CallLog {
    /// Opens the file for appending; without one only the memory is kept.
    pub(super) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path
            .map(|path| OpenOptions::new().create(true).append(true).open(path))
            .transpose()?;
        let calls = Vec::new();
        Ok(Self(Mutex::new(Inner { file, calls })))
    }

    /// Writes `placed`: before the request is answered.
    pub(super) fn placed(&self, time: Timestamp, call: Call) {
        let mut inner = self.lock();
        inner.write("placed", time, &call);
        inner.calls.push(call);
    }

    /// Notes what became known of a fax; nothing is written.
    pub(super) fn note(&self, fax_id: &str, change: impl FnOnce(&mut Call)) {
        let mut inner = self.lock();
        if let Some(call) = inner.calls.iter_mut().rfind(|call| call.fax_id == fax_id) {
            change(call);
        }
    }

    /// Writes `ended`: before the webhook that says so.
    pub(super) fn ended(&self, time: Timestamp, fax_id: &str, change: impl FnOnce(&mut Call)) {
        let mut inner = self.lock();
        let Some(call) = inner.calls.iter_mut().rfind(|call| call.fax_id == fax_id) else {
            return;
        };
        change(call);
        let call = call.clone();
        inner.write("ended", time, &call);
    }

    /// Every call, in the order they were placed.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
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
            tracing::error!(%error, fax_id = call.fax_id, "the call log cannot be written");
        }
    }
}
