//! What happened to a job, in the stages that clients of the example know.
//!
//! The stages of Telnyx' own events are the same for every line, so that a client's bar moves alike whichever the fax goes over.
//! Stages that the example does not have are our own words.

use faxgate_core::{Job, JobCall, JobEvent};
use faxgate_types::{FaxStatus, Timestamp};

use super::body::failure_reason;
use super::words;

/// The lane whose calls are Telnyx': there, `answered` is the moment from which pages flow.
const TELNYX: &str = "telnyx";

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) stage: String,
    pub(super) label: String,
    /// `system`, or the line's name.
    pub(super) source: String,
    pub(super) detail: Option<String>,
    /// On which call, if one; counted from 1.
    pub(super) call: Option<u32>,
}

/// Everything that happened to a job, in order.
pub(super) fn of(job: &Job) -> Vec<Entry> {
    let mut entries = vec![system(
        job.created_at,
        "job_created",
        "Request created",
        Some(format!("Destination {}", job.destination)),
    )];
    for event in &job.events {
        let call = job
            .calls
            .iter()
            .find(|call| Some(call.number) == event.call);
        entries.extend(entry(event, call));
    }
    for call in &job.calls {
        entries.extend(told(call));
    }
    if let Some((at, status)) = job.completed_at.zip(end(job.status)) {
        entries.push(system(
            at,
            &format!("final_{status}"),
            &format!("Completed: {status}"),
            failure_reason(job),
        ));
    }
    // Those of one moment stay as they were written down.
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn end(status: FaxStatus) -> Option<&'static str> {
    match status {
        FaxStatus::Sent => Some("delivered"),
        FaxStatus::Failed => Some("failed"),
        FaxStatus::Canceled => Some("canceled"),
        _ => None,
    }
}

fn system(at: Timestamp, stage: &str, label: &str, detail: Option<String>) -> Entry {
    Entry {
        at,
        stage: stage.to_owned(),
        label: label.to_owned(),
        source: words::SYSTEM.to_owned(),
        detail,
        call: None,
    }
}

/// What one of our events is to a client; `None`: nothing, or what another entry tells.
fn entry(event: &JobEvent, call: Option<&JobCall>) -> Option<Entry> {
    let text = || Some(event.text.clone());
    let here = |stage, label| Some(system(event.at, stage, label, text()));
    match (event.kind.as_str(), call) {
        // Told by the first entry and the last.
        (
            "fax.queued" | "fax.failed" | "recipient.sent" | "recipient.failed"
            | "recipient.canceled",
            _,
        ) => None,
        ("fax.rendered", _) => here("pages_rendered", "Pages made"),
        ("fax.cancel_requested", _) => here("cancel_requested", "Cancel requested"),
        ("recipient.retry_scheduled", _) => here("retry_queued", "Retry queued"),
        ("recipient.held", _) => here("held", "Held: nobody knows whether it arrived"),
        ("recipient.resent", _) => here("resent", "Sent again"),
        ("attempt.started", Some(call)) => Some(Entry {
            detail: Some(
                call.carrier_id
                    .clone()
                    .unwrap_or_else(|| call.uuid.to_string()),
            ),
            call: Some(call.number),
            ..system(
                event.at,
                words::SUBMITTED,
                "Submitted to fax provider",
                None,
            )
        }),
        (kind, Some(call)) => {
            let (stage, label, status) = on_the_line(kind, &call.lane)?;
            let detail = match status {
                Some("failed") if call.lane == TELNYX => call.cause.clone().or_else(text),
                Some(status) if call.lane == TELNYX => Some(status.to_owned()),
                _ => text(),
            };
            Some(Entry {
                at: event.at,
                stage: stage.to_owned(),
                label: label.to_owned(),
                source: call.lane.clone(),
                detail,
                call: Some(call.number),
            })
        }
        (kind, None) => here(&kind.replace('.', "_"), kind),
    }
}

/// Stage and label of what happens on a line, and Telnyx' word for the status that goes with it.
fn on_the_line(
    kind: &str,
    lane: &str,
) -> Option<(&'static str, &'static str, Option<&'static str>)> {
    Some(match (kind, lane == TELNYX) {
        ("attempt.ringing", true) => ("fax_ringing", "It rings", Some("originated")),
        ("attempt.ringing", false) => ("fax_ringing", "It rings", None),
        ("attempt.answered", true) => (
            "fax_sending_started",
            "Transmission started",
            Some("sending"),
        ),
        ("attempt.answered", false) => ("fax_answered", "Answered", None),
        ("attempt.negotiated", false) => ("fax_sending_started", "Transmission started", None),
        ("page.sent", _) => ("fax_page_sent", "Page confirmed", None),
        ("attempt.sent", _) => ("fax_delivered", "Delivered", Some("delivered")),
        ("attempt.failed", _) => ("fax_failed", "Transmission failed", Some("failed")),
        ("attempt.canceled", _) => ("fax_canceled", "Canceled", Some("canceled")),
        ("attempt.never_dialled", _) => ("fax_not_dialled", "No call was placed", None),
        ("attempt.unknown", _) => ("fax_unknown", "Outcome unknown", None),
        _ => return None,
    })
}

/// What only the carrier knows: everything else it told is among our own events.
fn told(call: &JobCall) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for step in &call.told {
        let (stage, label, status) = match step.kind.as_str() {
            "fax.queued" => ("fax_queued", "Queued by Telnyx", "queued"),
            words::MEDIA_PROCESSED => (
                "fax_media_processed",
                "Document processed",
                "media.processed",
            ),
            _ => continue,
        };
        if entries.iter().all(|entry| entry.stage != stage) {
            entries.push(Entry {
                at: step.at,
                stage: stage.to_owned(),
                label: label.to_owned(),
                source: call.lane.clone(),
                detail: Some(status.to_owned()),
                call: Some(call.number),
            });
        }
    }
    entries
}
