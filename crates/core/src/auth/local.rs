//! Callers on this machine, where the operator lets them in without a token.

use faxgate_db::{tenants, users};
use faxgate_types::Rights;

use super::caller::let_in;
use super::{Caller, User};
use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// The tenant's administrator: who acts for callers that need no token. Of several, the one who has been there longest.
    ///
    /// # Errors
    /// `NO_ADMINISTRATOR` when there is no such tenant, or it has none who may sign in; `TENANT_SUSPENDED`.
    pub async fn administrator(&self, tenant: &str) -> Result<Caller> {
        let nobody = || {
            Error::forbidden(
                "NO_ADMINISTRATOR",
                format!(
                    "job_api.tenant is {tenant}, which is no tenant or has no administrator; send a token instead"
                ),
            )
        };
        let mut tx = self.db.system_read("who acts without a token").await?;
        let tenant = tenants::by_slug(&mut tx, tenant)
            .await?
            .ok_or_else(nobody)?;
        let found = users::administrators(&mut tx, tenant.id).await?;
        tx.commit().await?;
        let (user, role) = found.into_iter().next().ok_or_else(nobody)?;
        let_in(&tenant, role)?;
        let user = User {
            id: user.id,
            username: user.username,
            token: None,
            session: None,
            rights: Rights::ALL,
            bound_to: None,
            ends_at: None,
        };
        Ok(Caller { user, tenant, role })
    }
}
