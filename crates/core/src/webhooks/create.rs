//! A new endpoint.

use faxgate_db::webhooks::{self, Hidden, NewEndpoint};
use faxgate_types::WebhookId;
use faxgate_webhooks::{EventFilter, Secret};
use serde_json::json;

use super::WebhookWithSecret;
use super::scope::may_manage;
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;
use crate::tell::EventType;

const LONGEST_URL: usize = 2048;
const LONGEST_DESCRIPTION: usize = 500;

/// An endpoint that is to be.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// At the console: the slug of its tenant. A caller's are their tenant's.
    pub tenant: Option<String>,
    /// Where it is.
    pub url: String,
    /// What its owner says of it.
    pub description: String,
    /// The types of events that it wants: `fax.sent`, `fax.*`, `*`.
    pub event_types: Vec<String>,
    /// Whether events are sent to it from now on.
    pub is_active: bool,
    /// What signs; made at random when there is none.
    pub secret: Option<String>,
}

impl App {
    /// Adds an endpoint; events that happen from now on are sent to it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_FIELDS`, and `TOO_MANY_WEBHOOKS`.
    pub async fn create_webhook(
        &self,
        asker: &Asker,
        new: NewWebhook,
        once: Once<WebhookWithSecret>,
    ) -> Result<WebhookWithSecret> {
        may_manage(asker)?;
        let tenant = self.webhooks_tenant(asker, new.tenant.as_deref()).await?;
        let secret = match &new.secret {
            Some(secret) => read_secret(secret)?,
            None => Secret::from_random(self.ambient.bytes()),
        };
        let endpoint = NewEndpoint {
            id: WebhookId::generate(&self.ambient),
            url: self.webhook_url(&new.url)?,
            description: description(&new.description)?,
            event_types: filter(&new.event_types)?.to_string(),
            is_active: new.is_active,
            secret: Hidden(secret.expose()),
        };
        let (app, actor) = (self.clone(), Actor::from(asker));
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.write(tenant).await?;
            let most = app.settings.webhooks.most_endpoints;
            if webhooks::count(&mut tx, tenant).await? >= i64::from(most) {
                return Err(Error::conflict(
                    "TOO_MANY_WEBHOOKS",
                    format!("a tenant has at most {most} webhook endpoints; remove one first"),
                ));
            }
            webhooks::insert(&mut tx, tenant, &endpoint, now).await?;
            let made = webhooks::find(&mut tx, tenant, endpoint.id).await?;
            let made = made.ok_or_else(|| Error::internal("a new webhook endpoint is gone"))?;
            let made = WebhookWithSecret::read(&made, now)?;
            once.complete_sealed(&mut tx, &made).await?;
            let details = json!({"url": endpoint.url, "event_types": endpoint.event_types});
            let entry = Entry::new(actor, "webhook.created", endpoint.id).details(details);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(made)
        })
        .await
    }

    /// An address that an endpoint may have, as far as that can be told without looking its name up; it is judged again at each try.
    pub(super) fn webhook_url(&self, url: &str) -> Result<String> {
        if url.len() > LONGEST_URL {
            return Err(invalid(
                "url",
                format!("must have at most {LONGEST_URL} bytes"),
            ));
        }
        let read = self.outbound.check(url.trim());
        let read = read.map_err(|error| invalid("url", format!("cannot be used: {error}")))?;
        if read.scheme() != "https" && !self.settings.webhooks.allow_http {
            return Err(invalid("url", "must begin with https://".to_owned()));
        }
        Ok(read.to_string())
    }
}

pub(super) fn description(text: &str) -> Result<String> {
    if text.chars().count() > LONGEST_DESCRIPTION || text.contains('\0') {
        let problem = format!("must have at most {LONGEST_DESCRIPTION} characters");
        return Err(invalid("description", problem));
    }
    Ok(text.trim().to_owned())
}

pub(super) fn filter(patterns: &[String]) -> Result<EventFilter> {
    let filter =
        EventFilter::new(patterns).map_err(|error| invalid("event_types", error.to_string()))?;
    for pattern in filter.patterns() {
        let alone = EventFilter::new(&[pattern]).map_err(Error::internal)?;
        if !EventType::ALL
            .iter()
            .any(|known| alone.takes(known.as_str()))
        {
            let known: Vec<&str> = EventType::ALL.iter().map(|known| known.as_str()).collect();
            let problem = format!(
                "there are no events of type `{pattern}`, but {}",
                known.join(", ")
            );
            return Err(invalid("event_types", problem));
        }
    }
    Ok(filter)
}

pub(super) fn read_secret(text: &str) -> Result<Secret> {
    text.parse()
        .map_err(|error: faxgate_webhooks::SecretError| invalid("secret", error.to_string()))
}

pub(super) fn invalid(field: &str, problem: String) -> Error {
    Error::bad_input("INVALID_FIELDS", format!("{field} {problem}")).field(field, problem)
}
