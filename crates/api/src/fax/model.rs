//! Faxes as the API shows them: the documented keys, in the documented order, then our additions.

use faxgate_core::{FaxDetail, FaxSummary, ItemDetail, TimelineEntry};
use faxgate_types::{Direction, FaxStatus, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

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
        }
    }
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
}

impl From<TimelineEntry> for TimelineBody {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            at: entry.at.to_string(),
            kind: entry.kind,
            recipient: entry.recipient,
            attempt: entry.attempt,
            text: entry.text,
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
}

impl From<FaxDetail> for FaxStatusBody {
    fn from(fax: FaxDetail) -> Self {
        Self {
            fax: fax.summary.into(),
            queue_items: fax.queue_items.into_iter().map(Into::into).collect(),
            timeline: fax.timeline.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
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
            }],
            timeline: vec![TimelineEntry {
                at: Timestamp::parse("2025-08-24T10:30:00.25Z").unwrap(),
                kind: "fax.queued".to_owned(),
                recipient: None,
                attempt: None,
                text: "accepted".to_owned(),
            }],
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
              "next_attempt_at": null
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
          ]
        }
        "#);
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
