//! Endpoints, as they are.

use faxgate_db::webhooks;
use faxgate_types::WebhookId;

use super::scope::{may_manage, no_such_webhook};
use super::{Webhook, WebhookWithSecret};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;
use crate::numbers::{Asker, Page};

impl App {
    /// The endpoints of the caller's tenant, or at the console of the one with this slug, oldest first.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn webhooks(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        limit: u32,
        offset: u64,
    ) -> Result<Page<Webhook>> {
        let tenant = self.webhooks_tenant(asker, tenant).await?;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let (total, found) = webhooks::page(&mut tx, tenant, limit.into(), offset).await?;
        tx.commit().await?;
        let now = self.now();
        let results = found.iter().map(|endpoint| Webhook::read(endpoint, now));
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results: results.collect::<Result<_>>()?,
        })
    }

    /// One endpoint.
    ///
    /// # Errors
    /// `NO_SUCH_WEBHOOK`.
    pub async fn webhook(&self, asker: &Asker, id: WebhookId) -> Result<Webhook> {
        let tenant = self.webhook_tenant(asker, id).await?;
        let mut tx = self.db.read(tenant).await?;
        let found = webhooks::find(&mut tx, tenant, id).await?;
        tx.commit().await?;
        Webhook::read(&found.ok_or_else(no_such_webhook)?, self.now())
    }

    /// One endpoint with its secret. Who looked is audited.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_WEBHOOK`.
    pub async fn webhook_secret(&self, asker: &Asker, id: WebhookId) -> Result<WebhookWithSecret> {
        may_manage(asker)?;
        let tenant = self.webhook_tenant(asker, id).await?;
        let (app, actor) = (self.clone(), Actor::from(asker));
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            let found = webhooks::find(&mut tx, tenant, id).await?;
            let found = found.ok_or_else(no_such_webhook)?;
            let entry = Entry::new(actor, "webhook.secret_shown", id);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            WebhookWithSecret::read(&found, app.now())
        })
        .await
    }
}
