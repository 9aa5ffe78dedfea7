//! An endpoint, as its owner sees it.

use faxgate_db::webhooks::Endpoint;
use faxgate_types::{TenantId, Timestamp, WebhookId};
use faxgate_webhooks::{EventFilter, Secret};

use crate::error::{Error, Result};

/// An endpoint that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it is.
    pub url: String,
    /// What its owner says of it.
    pub description: String,
    /// The types of events that it wants.
    pub event_types: EventFilter,
    /// Whether events are sent to it.
    pub is_active: bool,
    /// Since when it does nothing but fail.
    pub failing_since: Option<Timestamp>,
    /// When the gateway stopped sending to it, and why.
    pub disabled: Option<(Timestamp, String)>,
    /// Until when the former secret signs as well.
    pub former_secret_until: Option<Timestamp>,
    /// Since when it is.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
}

/// An endpoint with what signs for it: shown when it is made, and when it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookWithSecret {
    /// The endpoint.
    pub webhook: Webhook,
    /// What signs.
    pub secret: Secret,
}

impl Webhook {
    /// What a row says at this time.
    pub(super) fn read(endpoint: &Endpoint, now: Timestamp) -> Result<Self> {
        Ok(Self {
            id: endpoint.id,
            tenant: endpoint.tenant_id,
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            event_types: endpoint.event_types.parse().map_err(Error::internal)?,
            is_active: endpoint.is_active,
            failing_since: endpoint.failing_since,
            disabled: endpoint.disabled_at.zip(endpoint.disabled_reason.clone()),
            former_secret_until: endpoint.former_until.filter(|until| *until > now),
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        })
    }
}

impl WebhookWithSecret {
    pub(super) fn read(endpoint: &Endpoint, now: Timestamp) -> Result<Self> {
        Ok(Self {
            webhook: Webhook::read(endpoint, now)?,
            secret: endpoint.secret.0.parse().map_err(Error::internal)?,
        })
    }
}
