//! Broadcasts as JSON.

use faxgate_core::{AddedRecipients, Broadcast, BroadcastRecipient};
use faxgate_types::{BroadcastState, RecipientState, Resolution};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::contacts::model::WrongLineBody;

/// Recipients by state. They are counted once a second while anything is under way.
#[derive(Serialize, ToSchema)]
pub(crate) struct CountsBody {
    /// All of them.
    total: i64,
    /// Their fax is not made yet.
    waiting: i64,
    /// Their fax waits for a line, or for its next try.
    queued: i64,
    /// Their fax is on the line.
    sending: i64,
    /// Every page arrived.
    sent: i64,
    /// Given up.
    failed: i64,
    /// Passed over: they must not be faxed, or may not.
    skipped: i64,
    /// Somebody stopped it.
    canceled: i64,
    /// Nobody knows whether it arrived; a person decides.
    unknown: i64,
}

/// A broadcast: one document to many recipients, a fax each.
#[derive(Serialize, ToSchema)]
pub(crate) struct BroadcastBody {
    /// Its id.
    id: Uuid,
    /// Its name.
    #[schema(example = "Recall 2026-11")]
    name: String,
    /// How it stands.
    #[schema(value_type = String, example = "running", pattern = "^(draft|scheduled|running|paused|completed|canceled|failed)$")]
    status: BroadcastState,
    /// The sending number.
    #[schema(example = "+13125550100")]
    from: String,
    /// How fine the pages are.
    #[schema(value_type = String, example = "fine", pattern = "^(standard|fine|superfine)$")]
    resolution: Resolution,
    /// What all covers have in common; `null`: there is no cover.
    #[schema(value_type = Option<Object>)]
    cover: Option<serde_json::Value>,
    /// Its recipients by state.
    counts: CountsBody,
    /// Whether it only goes to the simulator.
    simulated: bool,
    /// Why it failed, or was set aside by itself.
    error: Option<String>,
    /// The broadcast whose failed recipients it has.
    retry_of: Option<Uuid>,
    /// Not before this moment.
    #[schema(format = DateTime)]
    send_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it, or its counts, last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    /// When it was set going.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// When it came to its end.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<Broadcast> for BroadcastBody {
    fn from(broadcast: Broadcast) -> Self {
        let counts = &broadcast.counts;
        Self {
            id: broadcast.id.uuid(),
            name: broadcast.name,
            status: broadcast.state,
            from: broadcast.sender.to_string(),
            resolution: broadcast.resolution,
            cover: broadcast
                .cover
                .and_then(|cover| serde_json::from_str(&cover).ok()),
            counts: CountsBody {
                total: counts.total(),
                waiting: counts.of(RecipientState::Waiting),
                queued: counts.of(RecipientState::Queued),
                sending: counts.of(RecipientState::Sending),
                sent: counts.of(RecipientState::Sent),
                failed: counts.of(RecipientState::Failed),
                skipped: counts.of(RecipientState::Skipped),
                canceled: counts.of(RecipientState::Canceled),
                unknown: counts.of(RecipientState::Unknown),
            },
            simulated: broadcast.simulated,
            error: broadcast.error,
            retry_of: broadcast.retry_of.map(|id| id.uuid()),
            send_at: broadcast.send_at.map(|at| at.to_seconds()),
            created_at: broadcast.created_at.to_seconds(),
            updated_at: broadcast.updated_at.to_seconds(),
            started_at: broadcast.started_at.map(|at| at.to_seconds()),
            finished_at: broadcast.finished_at.map(|at| at.to_seconds()),
        }
    }
}

/// A broadcast to make.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewBroadcastBody {
    /// Its name, at most 200 characters.
    #[schema(example = "Recall 2026-11")]
    name: String,
    /// The document: the name that the upload answered.
    #[schema(example = "a4b5c6d7-e8f9-1234-5678-90abcdef1234.pdf")]
    filename: String,
    /// The sending number; absent: the tenant's default one.
    #[schema(required = false, example = "+13125550100")]
    from: Option<String>,
    /// `standard`, `fine` (as absent) or `superfine`.
    #[schema(required = false, example = "fine")]
    resolution: Option<String>,
    /// What all covers have in common; each recipient's name, company and fields come over it.
    #[schema(required = false, value_type = Object)]
    cover: Option<serde_json::Value>,
    /// Numbers.
    #[schema(required = false)]
    numbers: Option<Vec<String>>,
    /// Ids of lists of contacts.
    #[schema(required = false)]
    lists: Option<Vec<Uuid>>,
    /// Ids of contacts.
    #[schema(required = false)]
    contacts: Option<Vec<Uuid>>,
    /// Not before this moment (RFC 3339, with offset). It starts by itself then.
    #[schema(required = false, format = DateTime)]
    send_at: Option<String>,
    /// `true`: it starts by itself, at `send_at` or at once. Absent: with `send_at` only; otherwise it is a draft until it is scheduled.
    #[schema(required = false)]
    start: Option<bool>,
}

/// Recipients to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct AddRecipientsBody {
    /// Numbers.
    #[schema(required = false)]
    numbers: Option<Vec<String>>,
    /// Ids of lists of contacts.
    #[schema(required = false)]
    lists: Option<Vec<Uuid>>,
    /// Ids of contacts.
    #[schema(required = false)]
    contacts: Option<Vec<Uuid>>,
}

/// What came of adding recipients.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedRecipientsBody {
    /// Recipients that are new.
    added: u64,
    /// Numbers that were there, or came twice.
    repeated: u64,
    /// Lines of the table that were not taken in.
    wrong: u64,
    /// The first thousand of those.
    wrong_lines: Vec<WrongLineBody>,
    /// Recipients in all.
    total: u64,
    /// Whether nothing was written.
    dry_run: bool,
}

impl From<AddedRecipients> for AddedRecipientsBody {
    fn from(added: AddedRecipients) -> Self {
        Self {
            added: added.added,
            repeated: added.repeated,
            wrong: added.wrong,
            wrong_lines: added.wrong_lines.into_iter().map(Into::into).collect(),
            total: added.total,
            dry_run: added.dry_run,
        }
    }
}

/// When a broadcast is to go out.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ScheduleBody {
    /// Not before this moment (RFC 3339, with offset); absent or past: now.
    #[schema(required = false, format = DateTime)]
    send_at: Option<String>,
}

/// A recipient of a broadcast.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecipientBody {
    /// The number, as it was typed.
    #[schema(example = "(312) 555-0100")]
    fax_number: String,
    /// The number in E.164.
    #[schema(example = "+13125550100")]
    number: String,
    /// Who.
    name: String,
    /// The contact it came from, which may be gone.
    contact: Option<Uuid>,
    /// What its cover says: what all say, and over it what its own says; `null`: there is no cover.
    #[schema(value_type = Option<Object>)]
    cover: Option<serde_json::Value>,
    /// How it stands.
    #[schema(value_type = String, example = "sent", pattern = "^(waiting|queued|sending|sent|failed|skipped|canceled|unknown)$")]
    status: RecipientState,
    /// Why it was skipped, or what became of the last call.
    reason: Option<String>,
    /// Its fax: the `uuid` of `/api/fax/status/`.
    fax: Option<Uuid>,
    /// Calls so far.
    attempts: i64,
    /// Pages that the far end confirmed.
    pages_sent: i64,
    /// When it came to its end.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<BroadcastRecipient> for RecipientBody {
    fn from(recipient: BroadcastRecipient) -> Self {
        Self {
            fax_number: recipient.number_raw,
            number: recipient.number.to_string(),
            name: recipient.name,
            contact: recipient.contact.map(|id| id.uuid()),
            cover: serde_json::from_str(&recipient.cover).ok(),
            status: recipient.state,
            reason: recipient.reason,
            fax: recipient.fax.map(|id| id.uuid()),
            attempts: recipient.attempts,
            pages_sent: recipient.pages_sent,
            finished_at: recipient.finished_at.map(|at| at.to_seconds()),
        }
    }
}

/// A link to which a table of recipients is put.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecipientsLinkBody {
    /// How to put it there.
    #[schema(example = "PUT")]
    pub(crate) method: &'static str,
    /// Where, as this request knew the gateway. No token is needed.
    pub(crate) url: String,
    /// The same without the gateway's name.
    pub(crate) path: String,
    /// What its `Content-Type` should be.
    #[schema(example = "text/csv")]
    pub(crate) content_type: &'static str,
    /// When it stops to work.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}
