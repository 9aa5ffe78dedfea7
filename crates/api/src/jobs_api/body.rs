//! A job, as clients read it.

use faxgate_core::Job;
use faxgate_types::FaxStatus;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::progress::Progress;
use super::{timeline, words};

/// A fax job.
#[derive(Serialize, ToSchema)]
#[schema(as = FaxJob)]
pub(crate) struct JobBody {
    /// Its id: the transaction's `uuid` elsewhere.
    id: Uuid,
    /// `queued_for_send`, `retry_queued`, `sending`, `delivered`, `failed` or `canceled`.
    #[schema(example = "sending")]
    status: &'static str,
    /// How the last call stands, in Telnyx' words whatever the line; null before the first.
    #[schema(example = "sending")]
    provider_status: Option<&'static str>,
    /// When the first call began.
    #[schema(format = DateTime)]
    submitted_at: Option<String>,
    /// When it was finished.
    #[schema(format = DateTime)]
    completed_at: Option<String>,
    /// Why it failed: Telnyx' word, or a sentence.
    failure_reason: Option<String>,
    /// The recipient, in E.164.
    #[schema(example = "+13014001910")]
    destination_fax: String,
    /// Pages of the document.
    #[schema(example = 3)]
    page_count: u32,
    /// How far it has come, 0 to 100; 100 once it is finished, however it ended.
    #[schema(example = 82, minimum = 0, maximum = 100)]
    progress_percent: u8,
    /// The same for people.
    #[schema(example = "Transmission started")]
    progress_label: String,
    /// The same for programs.
    #[schema(example = "fax_sending_started")]
    progress_stage: String,
    /// What happened, in order.
    timeline: Vec<TimelineBody>,
}

/// Something that happened to a job.
#[derive(Serialize, ToSchema)]
#[schema(as = FaxJobEvent)]
pub(crate) struct TimelineBody {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What, for programs.
    #[schema(example = "fax_sending_started")]
    stage: String,
    /// What, for people.
    #[schema(example = "Transmission started")]
    label: String,
    /// `system`, or the line that the call went over: `telnyx`, `freeswitch`, …
    #[schema(example = "telnyx")]
    source: String,
    /// More about it.
    detail: Option<String>,
}

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        let timeline = timeline::of(job);
        let Progress {
            percent,
            label,
            stage,
        } = Progress::of(job, &timeline);
        let submitted = timeline
            .iter()
            .find(|entry| entry.stage == words::SUBMITTED);
        Self {
            id: job.id.uuid(),
            status: words::status(job),
            provider_status: words::provider_status(job),
            submitted_at: submitted.map(|entry| entry.at.to_string()),
            completed_at: job.completed_at.map(|at| at.to_string()),
            failure_reason: failure_reason(job),
            destination_fax: job.destination.clone(),
            page_count: job.pages,
            progress_percent: percent,
            progress_label: label,
            progress_stage: stage,
            timeline: timeline
                .into_iter()
                .map(|entry| TimelineBody {
                    at: entry.at.to_string(),
                    stage: entry.stage,
                    label: entry.label,
                    source: entry.source,
                    detail: entry.detail,
                })
                .collect(),
        }
    }
}

/// Why it was not delivered, once that is certain.
pub(super) fn failure_reason(job: &Job) -> Option<String> {
    match job.status {
        FaxStatus::Canceled => Some("Canceled by user".to_owned()),
        FaxStatus::Failed => {
            let last = job.calls.last().filter(|call| call.carrier_id.is_some());
            let word = last.and_then(|call| call.cause.clone());
            let reason = word.or_else(|| job.error.clone());
            Some(reason.unwrap_or_else(|| "Fax transmission failed".to_owned()))
        }
        _ => None,
    }
}
