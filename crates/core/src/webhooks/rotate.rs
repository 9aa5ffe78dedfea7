//! A new secret.

use std::time::Duration;

use faxgate_db::webhooks::{self, Hidden};
use faxgate_types::WebhookId;
use faxgate_webhooks::Secret;
use serde_json::json;

use super::WebhookWithSecret;
use super::create::{invalid, read_secret};
use super::scope::{may_manage, no_such_webhook};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;

const LONGEST_OVERLAP: Duration = Duration::from_secs(7 * 24 * 3600);

/// How a secret is changed.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// The new one; made at random when there is none.
    pub secret: Option<String>,
    /// How long the former one signs as well; as the operator has set it when there is none.
    pub overlap: Option<Duration>,
}

impl App {
    /// Gives an endpoint a new secret. For a while both sign, so that its owner can change over without losing a message.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`, `INVALID_FIELDS`, and `ROTATION_UNDER_WAY` when a former secret signs still, unless the one
    /// that signs now is to end at once.
    pub async fn rotate_webhook_secret(
        &self,
        asker: &Asker,
        id: WebhookId,
        rotation: Rotation,
        once: Once<WebhookWithSecret>,
    ) -> Result<WebhookWithSecret> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let secret = match &rotation.secret {
            Some(secret) => read_secret(secret)?,
            None => Secret::from_random(self.ambient.bytes()),
        };
        let overlap = rotation.overlap.unwrap_or(self.settings.webhooks.overlap);
        if overlap > LONGEST_OVERLAP {
            let most = LONGEST_OVERLAP.as_secs();
            return Err(invalid(
                "overlap_seconds",
                format!("must be at most {most}"),
            ));
        }
        let (app, actor) = (self.clone(), Actor::from(asker));
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.write(tenant).await?;
            let found = webhooks::lock(&mut tx, tenant, id).await?;
            let mut endpoint = found.ok_or_else(no_such_webhook)?;
            let still = endpoint.former_until.filter(|until| *until > now);
            if let Some(until) = still
                && !overlap.is_zero()
            {
                return Err(Error::conflict(
                    "ROTATION_UNDER_WAY",
                    format!(
                        "the former secret signs until {}; wait, or end both at once with \"overlap_seconds\": 0",
                        until.to_seconds()
                    ),
                ));
            }
            let former = std::mem::replace(&mut endpoint.secret, Hidden(secret.expose()));
            if overlap.is_zero() {
                (endpoint.former_secret, endpoint.former_until) = (None, None);
            } else {
                endpoint.former_secret = Some(former.0);
                endpoint.former_until = Some(now + overlap);
            }
            endpoint.updated_at = now;
            webhooks::update(&mut tx, &endpoint, now).await?;
            let rotated = WebhookWithSecret::read(&endpoint, now)?;
            once.complete_sealed(&mut tx, &rotated).await?;
            let details = json!({"overlap_seconds": overlap.as_secs()});
            let entry = Entry::new(actor, "webhook.secret_rotated", id).details(details);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(rotated)
        })
        .await
    }
}
