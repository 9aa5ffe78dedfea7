//! The process in the cage: one document in, one answer out, then it ends.

mod perform;
#[cfg(target_os = "linux")]
mod sandbox;

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::cage::Limits;
use crate::task::{self, Answer, Request};
use crate::{Reason, Refusal};

/// The hidden first argument that makes a binary the worker.
pub const WORKER_ARGUMENT: &str = "imaging-worker";

/// Exit code when the cage could not be closed or the request not be read:
/// our fault, never the document's (`EX_SOFTWARE` of sysexits).
pub(crate) const EXIT_BROKEN: u8 = 70;

/// Runs as the worker: reads one request from standard input, locks itself in,
/// answers on standard output.
///
/// Call it first in `main`, before any thread starts, when the first argument
/// is [`WORKER_ARGUMENT`]: the seccomp filter binds the calling thread and its
/// children alone.
///
/// On Linux it gives itself limits on address space, CPU time, file size and
/// open files, denies itself every file through Landlock and every system call
/// but the few that computing needs through seccomp. On other systems only the
/// cage's clock and bounds hold.
#[must_use]
pub fn main() -> ExitCode {
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing else can be done with an error of standard error.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(EXIT_BROKEN)
        }
    }
}

fn serve(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let request: Request = task::read_head(from)?;
    lock_in(&request.limits)?;
    let document = task::read_body(from, request.limits.input_bytes)?;
    // A parser that panics has met a document it cannot read.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        perform::perform(&request.task, &document, request.limits.max_pages)
    }));
    let (answer, body) = match outcome {
        Ok(Ok(done)) => done,
        Ok(Err(refusal)) => (Answer::Refused(refusal), Vec::new()),
        Err(_) => {
            let refusal = Refusal::new(
                Reason::Corrupt,
                "the document cannot be read; print it to a new PDF and upload that",
            );
            (Answer::Refused(refusal), Vec::new())
        }
    };
    task::write_frame(to, &answer, &body)
}

#[cfg(target_os = "linux")]
fn lock_in(limits: &Limits) -> io::Result<()> {
    sandbox::lock_in(limits)
}

#[cfg(not(target_os = "linux"))]
fn lock_in(_limits: &Limits) -> io::Result<()> {
    Ok(())
}
