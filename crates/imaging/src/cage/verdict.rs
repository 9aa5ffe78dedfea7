//! What the death of a worker means.

use std::process::ExitStatus;

use super::CageError;
use crate::Refusal;

/// Tells the document's fault (memory, CPU time, a crashed parser) from ours.
pub(super) fn of(status: ExitStatus, complaint: &[u8]) -> CageError {
    let complaint: String = String::from_utf8_lossy(complaint)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let complaint = complaint.trim();
    if let Some(what) = fault_of_the_document(status) {
        tracing::info!(%status, complaint, "a document was too much for its imaging worker");
        return Refusal::too_complex(what).into();
    }
    CageError::broken(format!("{status}: {complaint}"))
}

/// Signals that a document can bring on its worker within the limits. SIGKILL
/// is not among them: that was the kernel, short of memory for all. Neither is
/// SIGSYS: a call that the filter forbids is a hole in our list, or an attack.
#[cfg(unix)]
fn fault_of_the_document(status: ExitStatus) -> Option<&'static str> {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt as _;

    let signal = Signal::from_named_raw(status.signal()?)?;
    match signal {
        // A failed allocation aborts; so does a stack that ran out.
        Signal::ABORT | Signal::SEGV | Signal::BUS => {
            Some("the document needs more memory than a document may take")
        }
        Signal::XCPU => Some("the document takes too long to draw"),
        Signal::ILL | Signal::FPE | Signal::TRAP => Some("the document cannot be drawn"),
        _ => None,
    }
}

#[cfg(not(unix))]
fn fault_of_the_document(_status: ExitStatus) -> Option<&'static str> {
    None
}
