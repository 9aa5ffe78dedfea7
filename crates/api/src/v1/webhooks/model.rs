//! Endpoints and deliveries as JSON.

use faxgate_core::{
    ListedDelivery, LoggedDelivery, Replayed, TriedOut, Webhook, WebhookAttempt, WebhookWithSecret,
};
use faxgate_types::DeliveryState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An endpoint that is told of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookBody {
    /// Its id.
    id: Uuid,
    /// Where it is.
    #[schema(example = "https://example.com/faxgate")]
    url: String,
    /// What its owner says of it.
    description: String,
    /// The types of events that it wants: exact, all of a kind (`fax.*`), or all (`*`).
    #[schema(example = json!(["fax.*", "number.added"]))]
    event_types: Vec<String>,
    /// Whether events are sent to it.
    is_active: bool,
    /// Since when it does nothing but fail; `null`: it does not.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// When the gateway stopped sending to it; `null`: it did not.
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
    /// Why.
    #[schema(example = "it answered 410 Gone")]
    disabled_reason: Option<String>,
    /// Until when the former secret signs as well; `null`: there is none.
    #[schema(format = DateTime)]
    former_secret_until: Option<String>,
    /// Since when it is.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its settings last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Webhook> for WebhookBody {
    fn from(webhook: Webhook) -> Self {
        let (disabled_at, disabled_reason) = webhook.disabled.unzip();
        Self {
            id: webhook.id.uuid(),
            url: webhook.url,
            description: webhook.description,
            event_types: webhook.event_types.patterns().map(str::to_owned).collect(),
            is_active: webhook.is_active,
            failing_since: webhook.failing_since.map(|at| at.to_seconds()),
            disabled_at: disabled_at.map(|at| at.to_seconds()),
            disabled_reason,
            former_secret_until: webhook.former_secret_until.map(|at| at.to_seconds()),
            created_at: webhook.created_at.to_seconds(),
            updated_at: webhook.updated_at.to_seconds(),
        }
    }
}

/// An endpoint, with what signs for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookWithSecretBody {
    /// The endpoint.
    #[serde(flatten)]
    webhook: WebhookBody,
    /// What signs: `whsec_` and base64, as the libraries of Standard Webhooks take it.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

impl From<WebhookWithSecret> for WebhookWithSecretBody {
    fn from(made: WebhookWithSecret) -> Self {
        Self {
            webhook: made.webhook.into(),
            secret: made.secret.expose(),
        }
    }
}

/// An endpoint that is to be.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct NewWebhookBody {
    /// Where it is: https, a public address.
    #[schema(example = "https://example.com/faxgate")]
    url: String,
    /// What its owner says of it.
    description: Option<String>,
    /// The types of events that it wants; all when absent.
    #[schema(example = json!(["fax.*", "number.added"]))]
    event_types: Option<Vec<String>>,
    /// Whether events are sent to it from now on; `true` when absent.
    is_active: Option<bool>,
    /// What signs, `whsec_` and base64 of 24 to 64 bytes; made at random when absent.
    secret: Option<String>,
}

/// Changes to an endpoint; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct WebhookChangeBody {
    /// Where it is.
    url: Option<String>,
    /// What its owner says of it.
    description: Option<String>,
    /// The types of events that it wants.
    event_types: Option<Vec<String>>,
    /// Whether events are sent to it. Switched on, it begins with what waits for it.
    is_active: Option<bool>,
}

/// How a secret is changed.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct RotationBody {
    /// The new one; made at random when absent.
    secret: Option<String>,
    /// How long the former one signs as well, up to a week; 0 ends it at once.
    #[schema(example = 86400, maximum = 604_800)]
    overlap_seconds: Option<u32>,
}

/// An endpoint that is no more.
#[derive(Serialize, ToSchema)]
pub(crate) struct RemovedBody {
    /// Its id.
    pub(super) id: Uuid,
    /// `true`.
    pub(super) deleted: bool,
}

/// An event on its way to an endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryBody {
    /// Its id.
    id: Uuid,
    /// The endpoint.
    webhook_id: Uuid,
    /// The event's id, which is the `webhook-id`.
    #[schema(example = "evt_000000001z4m8q2x7c9v1b3n5k")]
    event_id: String,
    /// The event's type.
    #[schema(example = "fax.sent")]
    event_type: String,
    /// When the event happened.
    #[schema(format = DateTime)]
    event_at: String,
    /// `pending`, `sending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    status: &'static str,
    /// Tries so far.
    attempts: u32,
    /// What the last answer was; `null`: there was none.
    #[schema(example = 200)]
    response_status: Option<i32>,
    /// When it is tried next; `null`: it is not.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// When it came to be.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was delivered, or given up.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
}

impl From<ListedDelivery> for DeliveryBody {
    fn from(listed: ListedDelivery) -> Self {
        let waits = listed.state == DeliveryState::Pending;
        Self {
            id: listed.id.uuid(),
            webhook_id: listed.endpoint_id.uuid(),
            event_id: listed.event_id,
            event_type: listed.event_type,
            event_at: listed.event_at.to_string(),
            status: listed.state.as_str(),
            attempts: u32::try_from(listed.fence).unwrap_or(0),
            response_status: listed.last_status,
            next_attempt_at: waits.then(|| listed.due_at.to_string()),
            created_at: listed.created_at.to_string(),
            ended_at: listed.ended_at.map(|at| at.to_string()),
        }
    }
}

/// A try.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttemptBody {
    /// Which, from 1.
    number: u32,
    /// When it began.
    #[schema(format = DateTime)]
    started_at: String,
    /// How long it took; `null`: nobody knows how it ended.
    duration_ms: Option<i64>,
    /// The answer's status; `null`: there was no answer.
    response_status: Option<i32>,
    /// The first 4096 bytes of what was answered.
    response_body: Option<String>,
    /// Why there was no answer, or why it was no good.
    error: Option<String>,
}

impl From<WebhookAttempt> for AttemptBody {
    fn from(attempt: WebhookAttempt) -> Self {
        Self {
            number: u32::try_from(attempt.number).unwrap_or(0),
            started_at: attempt.started_at.to_string(),
            duration_ms: attempt.duration_ms,
            response_status: attempt.status,
            response_body: attempt.response_body,
            error: attempt.error,
        }
    }
}

/// A delivery, with what is sent and each try.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryDetailBody {
    /// The delivery.
    #[serde(flatten)]
    delivery: DeliveryBody,
    /// What is sent, byte for byte.
    request_body: String,
    /// Its tries, in order.
    attempt_log: Vec<AttemptBody>,
}

impl From<LoggedDelivery> for DeliveryDetailBody {
    fn from(logged: LoggedDelivery) -> Self {
        Self {
            delivery: logged.delivery.listed.into(),
            request_body: logged.delivery.body,
            attempt_log: logged.attempts.into_iter().map(Into::into).collect(),
        }
    }
}

/// Which events are sent again.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ReplayBody {
    /// Those that happened then or later.
    #[schema(format = DateTime)]
    since: String,
    /// Those that happened before then; until now when absent.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Those of these types; those that the endpoint wants when absent.
    event_types: Option<Vec<String>>,
}

/// What a replay has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplayedBody {
    /// So many events are on their way (again).
    events: u32,
    /// There are more: ask again with this as `since`. `null`: that was all.
    #[schema(format = DateTime)]
    next_since: Option<String>,
}

impl From<Replayed> for ReplayedBody {
    fn from(replayed: Replayed) -> Self {
        Self {
            events: replayed.events,
            next_since: replayed.next.map(|at| at.to_string()),
        }
    }
}

/// How a test went.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestBody {
    /// The delivery, in the endpoint's log.
    delivery_id: Uuid,
    /// The event's id.
    event_id: String,
    /// `delivered` or `failed`.
    #[schema(example = "delivered")]
    status: &'static str,
    /// The one try.
    attempt: AttemptBody,
}

impl From<TriedOut> for TestBody {
    fn from(tried: TriedOut) -> Self {
        Self {
            delivery_id: tried.delivery.uuid(),
            event_id: tried.event_id,
            status: tried.state.as_str(),
            attempt: tried.attempt.into(),
        }
    }
}
