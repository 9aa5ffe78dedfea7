//! The bodies of records.

use faxgate_core::{AuditEntry, Erasure, Keep, LegalHold};
use faxgate_types::KeepChoice;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntryBody {
    /// Its place in the log, from 1, without gaps.
    seq: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Who.
    actor: ActorBody,
    /// What was done.
    #[schema(example = "number.added")]
    action: String,
    /// With what: an id, a number, a name.
    object: String,
    /// More about it.
    #[schema(value_type = Object)]
    details: Value,
    /// From where it was asked for.
    address: Option<String>,
    /// SHA-256 of the hash before it and the entry.
    hash: String,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActorBody {
    /// `user`, `stranger` (somebody who was not let in), `link` (whoever had a signed link), `console` or `system`.
    #[schema(example = "user")]
    kind: String,
    /// The user's id.
    id: Option<String>,
    /// The user's name, or the login at the console.
    name: Option<String>,
    /// The id of the token that was used.
    token_id: Option<String>,
}

impl From<AuditEntry> for AuditEntryBody {
    fn from(entry: AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            actor: ActorBody {
                kind: entry.actor,
                id: entry.actor_id,
                name: entry.actor_name,
                token_id: entry.token_id,
            },
            action: entry.action,
            object: entry.object,
            details: serde_json::from_str(&entry.details).unwrap_or_default(),
            address: entry.address,
            hash: entry.hash,
        }
    }
}

/// A legal hold to place. What is absent does not narrow it: without `fax_id`, `phone_number`, `from` and `until` it is on all that the
/// tenant has.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewHoldBody {
    /// Why: one line of 1 to 500 characters.
    #[schema(example = "Smith v. Acme, 26-cv-118")]
    reason: String,
    /// Only this fax; goes without the others.
    #[schema(required = false)]
    fax_id: Option<Uuid>,
    /// Only faxes from or to this number.
    #[schema(required = false, example = "+15551234567")]
    phone_number: Option<String>,
    /// Only what is from this moment on.
    #[schema(required = false, format = DateTime)]
    from: Option<String>,
    /// Only what is from before this moment.
    #[schema(required = false, format = DateTime)]
    until: Option<String>,
    /// The tenant, by slug or id; for operators. Absent: the caller's own.
    #[schema(required = false)]
    tenant: Option<String>,
}

/// A legal hold.
#[derive(Serialize, ToSchema)]
pub(crate) struct HoldBody {
    /// Its id.
    id: Uuid,
    /// The tenant's id.
    tenant_id: Uuid,
    /// Only this fax.
    fax_id: Option<Uuid>,
    /// Only faxes from or to this number.
    phone_number: Option<String>,
    /// Only what is from this moment on.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Only what is from before this moment.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Why.
    reason: String,
    /// Who placed it.
    placed_by: String,
    /// Whether only an operator lifts it.
    by_operator: bool,
    /// Since when.
    #[schema(format = DateTime)]
    placed_at: String,
    /// Who lifted it.
    lifted_by: Option<String>,
    /// When it was lifted; `null`: it holds.
    #[schema(format = DateTime)]
    lifted_at: Option<String>,
}

impl From<LegalHold> for HoldBody {
    fn from(hold: LegalHold) -> Self {
        let time = |at: faxgate_types::Timestamp| at.to_string();
        Self {
            id: hold.id.uuid(),
            tenant_id: hold.tenant_id.uuid(),
            fax_id: hold.fax_id.map(faxgate_types::FaxId::uuid),
            phone_number: hold.number.map(|number| number.to_string()),
            from: hold.from_at.map(time),
            until: hold.until_at.map(time),
            reason: hold.reason,
            placed_by: hold.placed_by,
            by_operator: hold.by_operator,
            placed_at: time(hold.placed_at),
            lifted_by: hold.lifted_by,
            lifted_at: hold.lifted_at.map(time),
        }
    }
}

/// How long documents and pages are kept, in days; 0: for ever. `null`: as the gateway has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionBody {
    /// What the tenant has of its own.
    own: KeptDaysBody,
    /// What holds.
    holds: KeptDaysBody,
}

/// Days.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct KeptDaysBody {
    /// Faxes that were sent.
    #[schema(required = false, maximum = 36500, example = 30)]
    sent_days: Option<u32>,
    /// Faxes that failed or were canceled.
    #[schema(required = false, maximum = 36500, example = 7)]
    failed_days: Option<u32>,
    /// Faxes that came in.
    #[schema(required = false, maximum = 36500, example = 30)]
    received_days: Option<u32>,
    /// Uploads that were never sent.
    #[schema(required = false, maximum = 36500, example = 7)]
    unsent_days: Option<u32>,
}

impl RetentionBody {
    pub(crate) fn new(own: KeepChoice, holds: Keep) -> Self {
        Self {
            own: KeptDaysBody {
                sent_days: own.sent_days,
                failed_days: own.failed_days,
                received_days: own.received_days,
                unsent_days: own.unsent_days,
            },
            holds: KeptDaysBody {
                sent_days: Some(holds.sent),
                failed_days: Some(holds.failed),
                received_days: Some(holds.received),
                unsent_days: Some(holds.unsent),
            },
        }
    }
}

/// How the erasing of a tenant stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasureBody {
    /// The tenant's id.
    tenant_id: String,
    /// Its slug.
    tenant: String,
    /// `waiting` (it can still be called off), `rows`, `files` or `done`.
    #[schema(example = "waiting")]
    state: String,
    /// Who asked for it.
    asked_by: String,
    /// When.
    #[schema(format = DateTime)]
    asked_at: String,
    /// When it begins.
    #[schema(format = DateTime)]
    due_at: String,
    /// When all of it was gone.
    #[schema(format = DateTime)]
    erased_at: Option<String>,
    /// How much of what was removed.
    #[schema(value_type = Object)]
    counts: Value,
}

impl From<Erasure> for ErasureBody {
    fn from(erasure: Erasure) -> Self {
        Self {
            tenant_id: erasure.tenant,
            tenant: erasure.slug,
            state: erasure.state,
            asked_by: erasure.asked_by,
            asked_at: erasure.asked_at.to_string(),
            due_at: erasure.due_at.to_string(),
            erased_at: erasure.erased_at.map(|at| at.to_string()),
            counts: serde_json::from_str(&erasure.counts).unwrap_or_default(),
        }
    }
}
