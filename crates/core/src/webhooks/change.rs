//! What an endpoint's owner changes.

use faxgate_db::webhooks;
use faxgate_types::WebhookId;
use serde_json::json;

use super::Webhook;
use super::create::{description, filter};
use super::scope::{may_manage, no_such_webhook};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;
use crate::numbers::Asker;

/// Changes to an endpoint; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where it is.
    pub url: Option<String>,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The types of events that it wants.
    pub event_types: Option<Vec<String>>,
    /// Whether events are sent to it. Switched on, it begins with what waits for it and has no past.
    pub is_active: Option<bool>,
}

impl App {
    /// Changes an endpoint.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`, `INVALID_FIELDS`.
    pub async fn change_webhook(
        &self,
        asker: &Asker,
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<Webhook> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let url = change.url.map(|url| self.webhook_url(&url)).transpose()?;
        let text = change.description.map(|text| description(&text));
        let text = text.transpose()?;
        let types = change.event_types.map(|types| filter(&types)).transpose()?;
        let (app, actor) = (self.clone(), Actor::from(asker));
        let changed = self
            .on_main(async move {
                let now = app.now();
                let mut tx = app.db.write(tenant).await?;
                let found = webhooks::lock(&mut tx, tenant, id).await?;
                let mut endpoint = found.ok_or_else(no_such_webhook)?;
                if let Some(url) = url {
                    // What it did elsewhere says nothing of the new place.
                    (endpoint.failing_since, endpoint.last_failure_at) = (None, None);
                    endpoint.not_before = None;
                    endpoint.url = url;
                }
                if let Some(text) = text {
                    endpoint.description = text;
                }
                if let Some(types) = types {
                    endpoint.event_types = types.to_string();
                }
                if let Some(is_active) = change.is_active {
                    if is_active && !endpoint.is_active {
                        (endpoint.failing_since, endpoint.last_failure_at) = (None, None);
                        (endpoint.disabled_at, endpoint.disabled_reason) = (None, None);
                        endpoint.not_before = None;
                    }
                    endpoint.is_active = is_active;
                }
                endpoint.updated_at = now;
                webhooks::update(&mut tx, &endpoint, now).await?;
                let details = json!({
                    "url": endpoint.url,
                    "event_types": endpoint.event_types,
                    "is_active": endpoint.is_active,
                });
                let entry = Entry::new(actor, "webhook.changed", id).details(details);
                app.audit(&mut tx, tenant, entry).await?;
                tx.commit().await?;
                Webhook::read(&endpoint, now)
            })
            .await?;
        self.webhooks_due.notify_one();
        Ok(changed)
    }
}
