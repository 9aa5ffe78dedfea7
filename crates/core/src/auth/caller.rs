//! Which tenant a user acts in.

use faxgate_db::users;

use super::{Caller, User};
use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// The user in the tenant that `X-Tenant-ID` names by slug or id, or in their default one.
    ///
    /// # Errors
    /// `TENANT_FORBIDDEN`, alike for a tenant that is unknown and one that is somebody else's.
    pub async fn caller(&self, user: User, tenant: Option<&str>) -> Result<Caller> {
        let mut tx = self.db.system_read("find the caller's tenant").await?;
        let memberships = users::memberships(&mut tx, user.id).await?;
        tx.commit().await?;
        let wanted = tenant.map(str::trim).filter(|named| !named.is_empty());
        let membership = memberships.into_iter().find(|membership| match wanted {
            // The default one comes first.
            None => true,
            Some(named) => {
                membership.tenant.slug == named || membership.tenant.id.to_string() == named
            }
        });
        match membership {
            Some(membership) => Ok(Caller {
                user,
                tenant: membership.tenant,
                role: membership.role,
            }),
            None => Err(Error::forbidden(
                "TENANT_FORBIDDEN",
                "you are not a member of this tenant; check X-Tenant-ID",
            )),
        }
    }
}
