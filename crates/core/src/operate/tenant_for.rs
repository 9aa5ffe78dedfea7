//! The tenant that somebody asks about.

use faxgate_db::tenants::{self, Tenant};
use faxgate_types::SendingPolicy;

use super::no_such_tenant;
use crate::app::App;
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// The tenant of this slug or id. Operators find every one, others their own alone.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`, alike for one that is somebody else's.
    pub async fn tenant_for(&self, asker: &Asker, named: &str) -> Result<Tenant> {
        let mut tx = self.db.system_read("find a tenant").await?;
        let found = match named.parse() {
            Ok(id) => tenants::find(&mut tx, id).await?,
            Err(_) => tenants::by_slug(&mut tx, named).await?,
        };
        tx.commit().await?;
        found
            .filter(|tenant| asker.sees(tenant.id))
            .ok_or_else(|| no_such_tenant(named))
    }

    /// As [`App::tenant_for`], with what was chosen about its sending. For whoever administers it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn tenant_settings(
        &self,
        asker: &Asker,
        named: &str,
    ) -> Result<(Tenant, SendingPolicy)> {
        if let Asker::Caller(caller) = asker
            && !caller.role.can_manage()
        {
            return Err(Error::forbidden(
                "ROLE_FORBIDDEN",
                "your role in this tenant may not see its settings; ask its administrator",
            ));
        }
        let tenant = self.tenant_for(asker, named).await?;
        let mut tx = self.db.read(tenant.id).await?;
        let policy = tenants::policy(&mut tx, tenant.id).await?;
        tx.commit().await?;
        Ok((tenant, policy.unwrap_or_default()))
    }
}
