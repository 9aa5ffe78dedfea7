//! The test button.

use faxgate_db::webhooks::{self, Attempt, Claimed, Hidden, NewDelivery};
use faxgate_types::{DeliveryId, DeliveryState, WebhookId};
use serde_json::json;

use super::body::written;
use super::scope::{may_manage, no_such_webhook};
use crate::app::App;
use crate::error::Result;
use crate::numbers::Asker;

/// The type of the event that a test sends.
const TEST: &str = "webhook.test";

/// How a test went.
#[derive(Clone, Debug)]
pub struct TriedOut {
    /// The delivery, in the endpoint's log.
    pub delivery: DeliveryId,
    /// The event's id.
    pub event_id: String,
    /// `delivered` or `failed`.
    pub state: DeliveryState,
    /// The one try.
    pub attempt: Attempt,
}

impl App {
    /// Sends a `webhook.test` event to an endpoint now, whether or not it is active, and tells how that went. It is tried once.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`.
    pub async fn test_webhook(&self, asker: &Asker, id: WebhookId) -> Result<TriedOut> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let app = self.clone();
        self.on_main(async move {
            let now = app.now();
            let event_id = format!("evt_test_{}", app.ambient.uuid().simple());
            let data = json!({"webhook_id": id.to_string(), "message": "This is a test."});
            let new = NewDelivery {
                id: DeliveryId::generate(&app.ambient),
                endpoint: id,
                event_id: event_id.clone(),
                event_type: TEST.to_owned(),
                event_at: now,
                event_seq: 0,
                body: written(TEST, &now.to_string(), &data),
            };
            let until = now + app.settings.webhooks.timeout * 2;
            let mut tx = app.db.write(tenant).await?;
            let endpoint = webhooks::find(&mut tx, tenant, id).await?;
            let endpoint = endpoint.ok_or_else(no_such_webhook)?;
            let leased =
                webhooks::insert_sending(&mut tx, tenant, &new, app.node(), until, now).await?;
            tx.commit().await?;
            let claimed = Claimed {
                leased,
                failures: 0,
                event_id,
                body: new.body,
                url: endpoint.url,
                secret: endpoint.secret,
                former: endpoint
                    .former_secret
                    .map(Hidden)
                    .zip(endpoint.former_until),
            };
            let sent = app.send_webhook(&claimed).await;
            app.settle_webhook(&claimed, &sent, true).await?;
            let state = match sent.verdict {
                faxgate_webhooks::Verdict::Delivered => DeliveryState::Delivered,
                _ => DeliveryState::Failed,
            };
            Ok(TriedOut {
                delivery: new.id,
                event_id: claimed.event_id,
                state,
                attempt: sent.attempt,
            })
        })
        .await
    }
}
