//! An endpoint that is no more.

use faxgate_db::webhooks;
use faxgate_types::WebhookId;
use serde_json::json;

use super::scope::{may_manage, no_such_webhook};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;
use crate::numbers::Asker;

impl App {
    /// Takes an endpoint away, with all that waits for it and its log.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`.
    pub async fn remove_webhook(&self, asker: &Asker, id: WebhookId) -> Result<()> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let (app, actor) = (self.clone(), Actor::from(asker));
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            let endpoint = webhooks::lock(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_webhook)?;
            webhooks::remove(&mut tx, tenant, id).await?;
            let details = json!({"url": endpoint.url});
            let entry = Entry::new(actor, "webhook.removed", id).details(details);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}
