//! How often the users of a tenant may ask.

use faxgate_db::counters::{self, Counters};
use faxgate_db::rate_limits;
use faxgate_types::RateLimits;

use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// Gives each user of a tenant these quotas, from their next request on; what is not set is as for everybody. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn set_rate_limits(
        &self,
        asker: &Asker,
        tenant: &str,
        limits: RateLimits,
    ) -> Result<()> {
        asker.must_operate("setting a tenant's quotas")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.system("set a tenant's quotas").await?;
            if !rate_limits::set(&mut tx, tenant.id, &limits).await? {
                return Err(Error::not_found(
                    "NO_SUCH_TENANT",
                    format!("there is no tenant `{}`", tenant.slug),
                ));
            }
            let details = serde_json::json!({ "rate_limits": limits, "before": tenant.rate_limits });
            let entry = Entry::new(&asker, "tenant.rate_limits_changed", tenant.id).details(details);
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.commit().await?;
            tracing::info!(tenant = %tenant.slug, limits = %limits, "the quotas of {} were set", tenant.slug);
            Ok(())
        })
        .await
    }

    /// Counters that all nodes share; `None` on SQLite.
    #[must_use]
    pub fn counters(&self) -> Option<Counters> {
        self.db.counters()
    }

    /// Forgets shared counters that say nothing any more.
    pub(crate) async fn forget_old_counters(&self) -> Result<()> {
        let now = self.now().unix_micros().saturating_mul(1000);
        let mut tx = self.db.system("forget counters of requests").await?;
        counters::forget(&mut tx, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
