//! Tenants that are stopped for a while: a bill, a break-in, a contract that ended.

use faxgate_db::erasures::{self, WAITING};
use faxgate_db::tenants::Tenant;
use faxgate_db::{Wake, tenant_change};
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// Suspends a tenant: its people are refused (`TENANT_SUSPENDED`, with the reason), and nothing of it is called. Calls that are
    /// on the line end as they do; what waits stays; what comes in for it is taken in. Doing it again changes the reason.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_REASON`.
    pub async fn suspend_tenant(
        &self,
        asker: &Asker,
        tenant: &str,
        because: &str,
    ) -> Result<Tenant> {
        let because = because.trim();
        let length = because.chars().count();
        if length == 0 || length > 500 || because.chars().any(char::is_control) {
            let what = "say why, in 1 to 500 characters: the tenant's people are told";
            return Err(Error::bad_input("INVALID_REASON", what).field("reason", what));
        }
        self.set_suspended(asker, tenant, Some(because)).await
    }

    /// Lets a suspended tenant go on, with what has waited. One that is not suspended stays as it is.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`; `ERASING_BEGAN` when its rows are being removed: there is no way back from that.
    pub async fn resume_tenant(&self, asker: &Asker, tenant: &str) -> Result<Tenant> {
        self.set_suspended(asker, tenant, None).await
    }

    async fn set_suspended(
        &self,
        asker: &Asker,
        tenant: &str,
        because: Option<&str>,
    ) -> Result<Tenant> {
        asker.must_operate("suspending a tenant")?;
        let slug = self.tenant_for(asker, tenant).await?.slug;
        let (app, asker) = (self.clone(), asker.clone());
        let because = because.map(str::to_owned);
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("suspend a tenant or let it go on").await?;
            let found = tenant_change::lock(&mut tx, &slug).await?;
            let mut tenant = found.ok_or_else(|| super::no_such_tenant(&slug))?;
            let was = tenant.suspended_at;
            if was.is_none() && because.is_none() {
                return Ok(tenant);
            }
            let erasure = erasures::find(&mut tx, tenant.id).await?;
            if because.is_none() && erasure.is_some_and(|erasure| erasure.state != WAITING) {
                return Err(Error::conflict(
                    "ERASING_BEGAN",
                    "the tenant is being erased; it cannot go on any more",
                ));
            }
            tenant.suspended_at = because.as_ref().map(|_| was.unwrap_or(now));
            tenant.suspended_because = because;
            tenant_change::suspend(&mut tx, &tenant, now).await?;
            let action = match tenant.suspended_at {
                Some(_) => "tenant.suspended",
                None => "tenant.resumed",
            };
            let entry = Entry::new(&asker, action, tenant.id)
                .details(json!({"reason": tenant.suspended_because}));
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.wake(Wake::Queue);
            tx.commit().await?;
            app.queue_changed.notify_one();
            match &tenant.suspended_because {
                Some(because) => {
                    tracing::warn!(tenant = %slug, "tenant {slug} is suspended: {because}")
                }
                None => tracing::info!(tenant = %slug, "tenant {slug} goes on"),
            }
            Ok(tenant)
        })
        .await
    }
}
