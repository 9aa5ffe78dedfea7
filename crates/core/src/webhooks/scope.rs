//! Whose endpoints somebody may look at and manage.

use faxgate_db::{tenants, webhooks};
use faxgate_types::{TenantId, WebhookId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Refuses whoever does not administer the tenant.
pub(super) fn may_manage(asker: &Asker) -> Result<()> {
    match asker {
        Asker::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            "your role in this tenant may not manage its webhooks; ask its administrator",
        )),
        _ => Ok(()),
    }
}

/// There is no such endpoint, or it is another tenant's.
pub(super) fn no_such_webhook() -> Error {
    Error::not_found("NO_SUCH_WEBHOOK", "there is no such webhook endpoint")
}

impl App {
    /// The tenant in which an endpoint is looked for: the caller's own; at the console, whosever it is.
    pub(super) async fn webhook_tenant(&self, asker: &Asker, id: WebhookId) -> Result<TenantId> {
        match asker {
            Asker::Caller(caller) => Ok(caller.tenant.id),
            Asker::Console => {
                let mut tx = self.db.system_read("whose a webhook is").await?;
                let owner = webhooks::owner(&mut tx, id).await?;
                tx.commit().await?;
                owner.ok_or_else(no_such_webhook)
            }
        }
    }

    /// The tenant whose endpoints are listed or added to: the caller's own; at the console, the one with this slug.
    pub(super) async fn webhooks_tenant(
        &self,
        asker: &Asker,
        slug: Option<&str>,
    ) -> Result<TenantId> {
        match (asker, slug) {
            (Asker::Caller(caller), _) => Ok(caller.tenant.id),
            (Asker::Console, slug) => {
                let slug = slug.unwrap_or_default();
                let mut tx = self.db.system_read("a tenant's webhooks").await?;
                let tenant = tenants::by_slug(&mut tx, slug).await?;
                tx.commit().await?;
                let shown: String = slug.chars().take(64).collect();
                tenant.map(|tenant| tenant.id).ok_or_else(|| {
                    Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{shown}`"))
                })
            }
        }
    }
}
