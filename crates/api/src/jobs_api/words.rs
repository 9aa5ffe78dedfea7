//! The words that clients of the example know.

use faxgate_core::{Job, JobCall};
use faxgate_types::{AttemptPhase, FaxStatus, ItemState, Outcome};

/// The status of a job that was just accepted.
pub(super) const QUEUED: &str = "queued_for_send";
/// The stage in which a call begins.
pub(super) const SUBMITTED: &str = "submitted";
/// What happened here, and not on a line.
pub(super) const SYSTEM: &str = "system";
/// The carrier's event of a document that it has made ready.
pub(super) const MEDIA_PROCESSED: &str = "fax.media.processed";

/// The status of a job.
pub(super) fn status(job: &Job) -> &'static str {
    match (job.status, job.state) {
        (FaxStatus::Sent | FaxStatus::Received, _) => "delivered",
        (FaxStatus::Failed, _) => "failed",
        (FaxStatus::Canceled, _) => "canceled",
        (_, ItemState::Preparing | ItemState::Queued | ItemState::Claimed) => {
            if job.calls.is_empty() {
                QUEUED
            } else {
                "retry_queued"
            }
        }
        // Held: nobody knows whether it arrived, and nobody should send it again for it.
        _ => "sending",
    }
}

/// How the last call stands, in Telnyx' words.
pub(super) fn provider_status(job: &Job) -> Option<&'static str> {
    match job.calls.last() {
        Some(call) => Some(of_call(call)),
        None => (job.status == FaxStatus::Canceled).then_some("canceled"),
    }
}

fn of_call(call: &JobCall) -> &'static str {
    match (call.outcome, call.phase) {
        (Some(Outcome::Sent), _) => "delivered",
        (Some(Outcome::Failed), _) => "failed",
        (Some(Outcome::Canceled), _) => "canceled",
        (Some(Outcome::Unknown), _) => "unknown",
        (None, AttemptPhase::Ringing) => "originated",
        (None, AttemptPhase::Answered | AttemptPhase::Negotiated) => "sending",
        // Nothing of it is with anybody else; it is dialled again.
        (Some(Outcome::NeverDialled), _) | (None, _) => {
            if call.told.iter().any(|step| step.kind == MEDIA_PROCESSED) {
                "media.processed"
            } else {
                "queued"
            }
        }
    }
}
