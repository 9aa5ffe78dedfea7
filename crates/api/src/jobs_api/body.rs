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

#[cfg(test)]
mod tests {
    use faxgate_core::{CarrierStep, JobCall, JobEvent};
    use faxgate_types::{AttemptPhase, ItemState, Outcome, Timestamp};

    use super::*;

    fn at(second: u32) -> Timestamp {
        Timestamp::parse(&format!("2026-02-12T10:00:{second:02}Z")).unwrap()
    }

    fn event(second: u32, kind: &str, call: Option<u32>, text: &str) -> JobEvent {
        JobEvent {
            at: at(second),
            kind: kind.to_owned(),
            call,
            text: text.to_owned(),
        }
    }

    /// A fax that Telnyx is sending, and of which it told by webhook, twice and out of order.
    fn job() -> Job {
        let step = |second, kind: &str| CarrierStep {
            kind: kind.to_owned(),
            at: at(second),
        };
        Job {
            id: "01a1fca0-1bdc-7cc0-929c-585ad070db75".parse().unwrap(),
            status: FaxStatus::Processing,
            state: ItemState::Active,
            cancel_requested: false,
            destination: "+13014001910".to_owned(),
            pages: 2,
            created_at: at(0),
            completed_at: None,
            error: None,
            calls: vec![JobCall {
                number: 1,
                lane: "telnyx".to_owned(),
                uuid: "3bca1e12-f50e-4bc2-a667-c67956c051b0".parse().unwrap(),
                carrier_id: Some("f72eebbe-f9b6-4f0f-b652-03e742e110d5".to_owned()),
                phase: AttemptPhase::Answered,
                outcome: None,
                cause: None,
                confirmed: 0,
                told: vec![
                    step(4, "fax.media.processed"),
                    step(3, "fax.queued"),
                    step(3, "fax.queued"),
                    step(6, "fax.sending.started"),
                ],
            }],
            events: vec![
                event(0, "fax.queued", None, "accepted"),
                event(1, "fax.rendered", None, "2 pages"),
                event(2, "attempt.started", Some(1), "calling"),
                event(6, "attempt.answered", Some(1), "answered"),
            ],
        }
    }

    fn end(mut job: Job, status: FaxStatus, outcome: Outcome, kind: &str) -> Job {
        job.status = status;
        job.state = match outcome {
            Outcome::Sent => ItemState::Sent,
            Outcome::Canceled => ItemState::Canceled,
            _ => ItemState::Failed,
        };
        job.completed_at = Some(at(9));
        job.calls[0].outcome = Some(outcome);
        job.calls[0].phase = AttemptPhase::Settled;
        job.events.push(event(9, kind, Some(1), "its end"));
        job
    }

    #[test]
    fn a_fax_that_telnyx_sends_is_shown_in_the_stages_of_its_events() {
        insta::assert_json_snapshot!("sending", JobBody::from(&job()));
    }

    #[test]
    fn a_fax_that_telnyx_delivered() {
        let job = end(job(), FaxStatus::Sent, Outcome::Sent, "attempt.sent");
        insta::assert_json_snapshot!("delivered", JobBody::from(&job));
    }

    #[test]
    fn a_fax_that_telnyx_gave_up_has_its_word_for_why() {
        let mut job = end(job(), FaxStatus::Failed, Outcome::Failed, "attempt.failed");
        job.calls[0].cause = Some("receiver_no_answer".to_owned());
        job.error = Some("nobody answered".to_owned());
        insta::assert_json_snapshot!("failed", JobBody::from(&job));
    }

    #[test]
    fn a_fax_that_was_stopped() {
        let job = end(
            job(),
            FaxStatus::Canceled,
            Outcome::Canceled,
            "attempt.canceled",
        );
        insta::assert_json_snapshot!("canceled", JobBody::from(&job));
    }

    #[test]
    fn the_bar_of_a_second_call_does_not_remember_the_first() {
        let mut job = job();
        job.calls[0].outcome = Some(Outcome::Failed);
        job.events.push(event(9, "attempt.failed", Some(1), "busy"));
        let shown = |job: &Job| {
            let body = JobBody::from(job);
            let provider = body.provider_status.unwrap_or_default();
            format!(
                "{} {provider} {} {}",
                body.status, body.progress_percent, body.progress_stage
            )
        };
        job.state = ItemState::Queued;
        assert_eq!(shown(&job), "retry_queued failed 35 retry_queued");
        job.state = ItemState::Active;
        let second = JobCall {
            number: 2,
            lane: "freeswitch".to_owned(),
            carrier_id: None,
            phase: AttemptPhase::Dialing,
            outcome: None,
            told: Vec::new(),
            ..job.calls[0].clone()
        };
        job.calls.push(second);
        assert_eq!(shown(&job), "sending queued 58 sending");
        job.events.push(event(10, "attempt.ringing", Some(2), ""));
        assert_eq!(shown(&job), "sending queued 70 fax_ringing");
        job.events
            .push(event(11, "attempt.negotiated", Some(2), ""));
        job.calls[1].phase = AttemptPhase::Negotiated;
        assert_eq!(shown(&job), "sending sending 82 fax_sending_started");
        job.calls[1].confirmed = 1;
        assert_eq!(shown(&job), "sending sending 90 fax_sending_started");
        job.state = ItemState::Held;
        assert_eq!(shown(&job), "sending sending 99 held");
    }
}
