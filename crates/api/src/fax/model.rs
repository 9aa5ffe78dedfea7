//! Faxes as the API shows them: the documented keys, in the documented order, then our additions.

use faxgate_core::{CoverSaid, FaxDetail, FaxSummary, ItemDetail, TimelineEntry, Waiting};
use faxgate_types::{Direction, FaxStatus, Priority, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::covers::model::CoverBody;

/// Which way a fax travels.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DirectionBody {
    /// It came in.
    Inbound,
    /// It goes out.
    Outbound,
}

impl From<Direction> for DirectionBody {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Inbound => Self::Inbound,
            Direction::Outbound => Self::Outbound,
        }
    }
}

/// What has become of a fax.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StatusWord {
    /// Queued for transmission.
    Pending,
    /// At least one recipient is still being called, or the outcome of a call is not known yet.
    Processing,
    /// Sent to every recipient.
    Sent,
    /// An inbound fax was received.
    Received,
    /// At least one recipient could not be reached, and none is open.
    Failed,
    /// Canceled for every recipient.
    Canceled,
}

impl From<FaxStatus> for StatusWord {
    fn from(status: FaxStatus) -> Self {
        match status {
            FaxStatus::Pending => Self::Pending,
            FaxStatus::Processing => Self::Processing,
            FaxStatus::Sent => Self::Sent,
            FaxStatus::Received => Self::Received,
            FaxStatus::Failed => Self::Failed,
            FaxStatus::Canceled => Self::Canceled,
        }
    }
}

/// What goes first among the tenant's own faxes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PriorityWord {
    /// Before everything else of the tenant, and at any hour.
    Urgent,
    /// In its turn.
    #[default]
    Normal,
    /// When nothing else of the tenant waits.
    Bulk,
}

impl From<Priority> for PriorityWord {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Urgent => Self::Urgent,
            Priority::Normal => Self::Normal,
            Priority::Bulk => Self::Bulk,
        }
    }
}

/// What a fax, or one of its recipients, waits for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WaitingBody {
    /// For programs; new ones may come. `preparing` `scheduled` `window` `retry` `destination_busy` `tenant_calls`
    /// `tenant_rate` `tenant_minutes` `tenant_cost` `tenant_pages` `balance` `lane_down` `lane_paused` `lane_full` `queue` `held`
    #[schema(example = "destination_busy")]
    code: &'static str,
    /// For people: why, and what comes next.
    #[schema(
        example = "Another call to this number is in progress. It goes out when that call has ended."
    )]
    message: String,
}

impl WaitingBody {
    fn of(waiting: &Option<Waiting>) -> Option<Self> {
        waiting.as_ref().map(|waiting| Self {
            code: waiting.code.as_str(),
            message: waiting.message.clone(),
        })
    }
}

/// A fax.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FaxBody {
    /// The transaction's id.
    #[schema(example = "3bca1e12-f50e-4bc2-a667-c67956c051b0")]
    uuid: Uuid,
    direction: DirectionBody,
    status: StatusWord,
    /// The sender's number, as it came in.
    #[schema(example = "5551234567")]
    sender_number: String,
    /// The first recipient's number, as it came in.
    #[schema(example = "5559876543")]
    recipient_number: String,
    /// Pages of the document.
    #[schema(example = 3)]
    pages: u32,
    /// Seconds on the line, all calls together.
    #[schema(example = 45)]
    duration: u32,
    /// RFC 3339, UTC, to the second.
    #[schema(format = DateTime, example = "2025-08-24T10:30:00Z")]
    created_at: String,
    /// RFC 3339, UTC, to the second.
    #[schema(format = DateTime, example = "2025-08-24T10:31:45Z")]
    updated_at: String,
    /// There, and true, for a fax that only goes to the simulator.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    simulated: bool,
    /// There, and true, for an inbound fax of which pages are missing.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    partial: bool,
    /// Why it failed; only there when it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "the line is busy")]
    error: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl From<FaxSummary> for FaxBody {
    fn from(fax: FaxSummary) -> Self {
        Self {
            uuid: fax.uuid.uuid(),
            direction: fax.direction.into(),
            status: fax.status.into(),
            sender_number: fax.sender_number,
            recipient_number: fax.recipient_number,
            pages: fax.pages,
            duration: fax.duration,
            created_at: fax.created_at.to_seconds(),
            updated_at: fax.updated_at.to_seconds(),
            simulated: fax.simulated,
            partial: fax.partial,
            error: fax.error,
        }
    }
}

/// One recipient of an outbound fax.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueueItemBody {
    /// The number, as it came in.
    #[schema(example = "5559876543")]
    recipient: String,
    /// Calls placed so far.
    #[schema(example = 1)]
    attempts: u32,
    /// Whether nothing more will happen.
    is_processed: bool,
    /// Since when nothing more happens; RFC 3339, UTC.
    #[schema(required, format = DateTime, example = "2025-08-24T10:31:45Z")]
    processed_at: Option<String>,
    /// The recipient's own state; finer than the fax's.
    #[schema(example = "sent")]
    status: &'static str,
    /// Why the last call failed.
    #[schema(required)]
    error: Option<String>,
    /// Pages that the far end has confirmed.
    #[schema(example = 3)]
    pages_sent: u32,
    /// When the next call is due, while one is to come; RFC 3339, UTC.
    #[schema(required, format = DateTime)]
    next_attempt_at: Option<String>,
    /// What it waits for; null while it is being called, and when it is finished.
    #[schema(required)]
    waiting_for: Option<WaitingBody>,
    /// Its place in the tenant's own queue, 1 is next; null when it is not in it.
    #[schema(required, example = 1)]
    position: Option<u32>,
    /// About when the next call starts, as far as can be told; RFC 3339, UTC.
    #[schema(required, format = DateTime)]
    estimated_start: Option<String>,
}

impl From<ItemDetail> for QueueItemBody {
    fn from(item: ItemDetail) -> Self {
        Self {
            recipient: item.recipient,
            attempts: item.attempts,
            is_processed: item.is_processed,
            processed_at: item.processed_at.map(Timestamp::to_seconds),
            status: item.status,
            error: item.error,
            pages_sent: item.pages_sent,
            next_attempt_at: item.next_attempt_at.map(Timestamp::to_seconds),
            waiting_for: WaitingBody::of(&item.waiting),
            position: item.waiting.as_ref().and_then(|waiting| waiting.position),
            estimated_start: estimated(&item.waiting),
        }
    }
}

fn estimated(waiting: &Option<Waiting>) -> Option<String> {
    let start = waiting.as_ref().and_then(|waiting| waiting.estimated_start);
    start.map(Timestamp::to_seconds)
}

/// Something that happened to a fax.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimelineBody {
    /// RFC 3339, UTC, to the microsecond.
    #[schema(format = DateTime, example = "2025-08-24T10:30:00.000000Z")]
    at: String,
    /// What, as a word.
    #[schema(example = "fax.queued")]
    kind: String,
    /// Which recipient, if one.
    #[schema(required)]
    recipient: Option<String>,
    /// Which call to that recipient, if one; counted from 1.
    #[schema(required)]
    attempt: Option<u32>,
    /// What, as a sentence.
    text: String,
    /// On `attempt.started`, when the call may not use all that the line can do: words of `t38 ecm v17`, those that it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "ecm v17")]
    line_settings: Option<String>,
    /// Where a call is settled: by whom, and by what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "from the CDR file")]
    evidence: Option<String>,
}

impl From<TimelineEntry> for TimelineBody {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            at: entry.at.to_string(),
            kind: entry.kind,
            recipient: entry.recipient,
            attempt: entry.attempt,
            text: entry.text,
            line_settings: entry.line_settings.map(|settings| settings.to_string()),
            evidence: entry.evidence,
        }
    }
}

/// A fax with its recipients and all that happened to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FaxStatusBody {
    #[serde(flatten)]
    fax: FaxBody,
    /// The recipients, in the order they were given; none for an inbound fax.
    queue_items: Vec<QueueItemBody>,
    /// What happened, in order.
    timeline: Vec<TimelineBody>,
    /// What goes first among the tenant's own faxes; null for an inbound fax.
    #[schema(required)]
    priority: Option<PriorityWord>,
    /// Not before this time, as it was asked for; RFC 3339, UTC.
    #[schema(required, format = DateTime)]
    send_at: Option<String>,
    /// What it waits for: as the recipient that is next has it. Null while one is being called, and when all are finished.
    #[schema(required)]
    waiting_for: Option<WaitingBody>,
    /// That recipient's place in the tenant's own queue, 1 is next.
    #[schema(required, example = 1)]
    position: Option<u32>,
    /// About when that recipient's call starts, as far as can be told; RFC 3339, UTC.
    #[schema(required, format = DateTime)]
    estimated_start: Option<String>,
    /// What its cover says, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CoverBody>)]
    cover: Option<CoverSaid>,
}

impl From<FaxDetail> for FaxStatusBody {
    fn from(fax: FaxDetail) -> Self {
        Self {
            priority: fax.priority.map(Into::into),
            send_at: fax.send_at.map(Timestamp::to_seconds),
            waiting_for: WaitingBody::of(&fax.waiting),
            position: fax.waiting.as_ref().and_then(|waiting| waiting.position),
            estimated_start: estimated(&fax.waiting),
            cover: fax.cover,
            fax: fax.summary.into(),
            queue_items: fax.queue_items.into_iter().map(Into::into).collect(),
            timeline: fax.timeline.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use faxgate_core::WaitCode;

    use super::*;

    pub(crate) fn sent() -> FaxSummary {
        FaxSummary {
            uuid: "3bca1e12-f50e-4bc2-a667-c67956c051b0".parse().unwrap(),
            direction: Direction::Outbound,
            status: FaxStatus::Sent,
            sender_number: "5551234567".to_owned(),
            recipient_number: "5559876543".to_owned(),
            pages: 3,
            duration: 45,
            created_at: Timestamp::parse("2025-08-24T10:30:00.25Z").unwrap(),
            updated_at: Timestamp::parse("2025-08-24T10:31:45.75Z").unwrap(),
            simulated: false,
            partial: false,
            error: None,
        }
    }

    #[test]
    fn a_status_has_the_documented_keys_in_the_documented_order() {
        let detail = FaxDetail {
            cover: None,
            summary: sent(),
            queue_items: vec![ItemDetail {
                recipient: "5559876543".to_owned(),
                status: "sent",
                attempts: 1,
                is_processed: true,
                processed_at: Timestamp::parse("2025-08-24T10:31:45.75Z"),
                error: None,
                pages_sent: 3,
                next_attempt_at: None,
                waiting: None,
            }],
            timeline: vec![TimelineEntry {
                at: Timestamp::parse("2025-08-24T10:30:00.25Z").unwrap(),
                kind: "fax.queued".to_owned(),
                recipient: None,
                attempt: None,
                text: "accepted".to_owned(),
                line_settings: None,
                evidence: None,
            }],
            priority: Some(Priority::Normal),
            send_at: None,
            waiting: None,
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&FaxStatusBody::from(detail)).unwrap(), @r#"
        {
          "uuid": "3bca1e12-f50e-4bc2-a667-c67956c051b0",
          "direction": "outbound",
          "status": "sent",
          "sender_number": "5551234567",
          "recipient_number": "5559876543",
          "pages": 3,
          "duration": 45,
          "created_at": "2025-08-24T10:30:00Z",
          "updated_at": "2025-08-24T10:31:45Z",
          "queue_items": [
            {
              "recipient": "5559876543",
              "attempts": 1,
              "is_processed": true,
              "processed_at": "2025-08-24T10:31:45Z",
              "status": "sent",
              "error": null,
              "pages_sent": 3,
              "next_attempt_at": null,
              "waiting_for": null,
              "position": null,
              "estimated_start": null
            }
          ],
          "timeline": [
            {
              "at": "2025-08-24T10:30:00.250000Z",
              "kind": "fax.queued",
              "recipient": null,
              "attempt": null,
              "text": "accepted"
            }
          ],
          "priority": "normal",
          "send_at": null,
          "waiting_for": null,
          "position": null,
          "estimated_start": null
        }
        "#);
    }

    #[test]
    fn who_waits_says_for_what_where_and_until_when() {
        let waiting = Waiting {
            code: WaitCode::DestinationBusy,
            message: "Another call to this number is in progress.".to_owned(),
            position: Some(2),
            estimated_start: Timestamp::parse("2025-08-24T10:32:00.5Z"),
        };
        let item = ItemDetail {
            recipient: "5559876543".to_owned(),
            status: "queued",
            attempts: 0,
            is_processed: false,
            processed_at: None,
            error: None,
            pages_sent: 0,
            next_attempt_at: Timestamp::parse("2025-08-24T10:30:00Z"),
            waiting: Some(waiting),
        };
        insta::assert_snapshot!(serde_json::to_string(&QueueItemBody::from(item)).unwrap(), @r#"{"recipient":"5559876543","attempts":0,"is_processed":false,"processed_at":null,"status":"queued","error":null,"pages_sent":0,"next_attempt_at":"2025-08-24T10:30:00Z","waiting_for":{"code":"destination_busy","message":"Another call to this number is in progress."},"position":2,"estimated_start":"2025-08-24T10:32:00Z"}"#);
    }

    #[test]
    fn additions_appear_only_when_there_is_something_to_say() {
        let fax = FaxSummary {
            status: FaxStatus::Failed,
            simulated: true,
            partial: true,
            error: Some("the line is busy".to_owned()),
            ..sent()
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&FaxBody::from(fax)).unwrap(), @r#"
        {
          "uuid": "3bca1e12-f50e-4bc2-a667-c67956c051b0",
          "direction": "outbound",
          "status": "failed",
          "sender_number": "5551234567",
          "recipient_number": "5559876543",
          "pages": 3,
          "duration": 45,
          "created_at": "2025-08-24T10:30:00Z",
          "updated_at": "2025-08-24T10:31:45Z",
          "simulated": true,
          "partial": true,
          "error": "the line is busy"
        }
        "#);
    }
}
