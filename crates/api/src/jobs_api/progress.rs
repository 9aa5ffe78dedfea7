//! How far a job has come, in percent and in a word.

use faxgate_core::Job;
use faxgate_types::ItemState;

use super::timeline::Entry;
use super::words;

/// Where the pages begin to flow, and what is left for them until the end is certain.
const PAGES: (u32, u32) = (82, 17);

/// How far a job has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) percent: u8,
    pub(super) label: String,
    pub(super) stage: String,
}

impl Progress {
    /// Of a job with this timeline.
    pub(super) fn of(job: &Job, timeline: &[Entry]) -> Self {
        let status = words::status(job);
        let (percent, label) = usual(status);
        let usual = Self::new(percent, label, status);
        let last = job.calls.last();
        // What happened on the line in the call that counts.
        let on_the_line = timeline.iter().rev().find(|entry| {
            let its = last.is_some_and(|call| entry.call == Some(call.number));
            its && entry.source != words::SYSTEM
        });
        let seen = |entry: &Entry, percent| Self::new(percent, &entry.label, &entry.stage);
        match (status, on_the_line) {
            ("sending", _) if job.state == ItemState::Held => {
                Self::new(99, "Held: nobody knows whether it arrived", "held")
            }
            ("sending", Some(entry)) => {
                let confirmed = last.map_or(0, |call| call.confirmed);
                match reached(entry, confirmed, job.pages) {
                    Some(reached) => seen(entry, reached.max(percent)),
                    None => usual,
                }
            }
            ("delivered", Some(entry)) if entry.stage == "fax_delivered" => seen(entry, percent),
            ("failed", Some(entry)) if entry.stage == "fax_failed" => seen(entry, percent),
            ("canceled", Some(entry)) if entry.stage == "fax_canceled" => seen(entry, percent),
            _ => usual,
        }
    }

    fn new(percent: u8, label: &str, stage: &str) -> Self {
        Self {
            percent,
            label: label.to_owned(),
            stage: stage.to_owned(),
        }
    }
}

/// Percent and label of a status, when nothing more is known.
fn usual(status: &str) -> (u8, &'static str) {
    match status {
        "queued_for_send" => (30, "Queued for send"),
        "retry_queued" => (35, "Retry queued"),
        "sending" => (58, "Transmission in progress"),
        "delivered" => (100, "Fax delivered successfully"),
        "failed" => (100, "Transmission failed"),
        _ => (100, "Fax canceled"),
    }
}

/// Where a stage stands; `None` for one that is the end of a call, while the job goes on.
fn reached(entry: &Entry, confirmed: u32, pages: u32) -> Option<u8> {
    let (from, room) = PAGES;
    let percent = match entry.stage.as_str() {
        "fax_queued" => 45,
        "fax_media_processed" => 68,
        "fax_ringing" => 70,
        "fax_answered" => 75,
        "fax_sending_started" | "fax_page_sent" => {
            from + room * confirmed.min(pages) / pages.max(1)
        }
        _ => return None,
    };
    u8::try_from(percent).ok()
}
