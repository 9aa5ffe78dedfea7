//! Which tenant a user acts in.

use faxgate_db::tenants::Tenant;
use faxgate_db::users;
use faxgate_types::Role;

use super::{Caller, User};
use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// The user in the tenant that `X-Tenant-ID` names by slug or id, or in their default one.
    ///
    /// # Errors
    /// `TENANT_FORBIDDEN`, alike for a tenant that is unknown and one that is somebody else's; `NO_DEFAULT_TENANT`; `TENANT_SUSPENDED`;
    /// `TOTP_ENROLMENT_REQUIRED`.
    pub async fn caller(&self, user: User, tenant: Option<&str>) -> Result<Caller> {
        let mut tx = self.db.system_read("find the caller's tenant").await?;
        let memberships = users::memberships(&mut tx, user.id).await?;
        tx.commit().await?;
        let wanted = tenant.map(str::trim).filter(|named| !named.is_empty());
        // A key for one tenant is as if its user belonged to no other.
        let mut within = memberships
            .into_iter()
            .filter(|own| user.bound_to.is_none_or(|bound| bound == own.tenant.id))
            .peekable();
        let is_nowhere = within.peek().is_none();
        let membership = within.find(|membership| match wanted {
            None => membership.is_default || user.bound_to.is_some(),
            Some(named) => {
                membership.tenant.slug == named || membership.tenant.id.to_string() == named
            }
        });
        match membership {
            Some(membership) => {
                let role = role_with(&user, membership.role);
                let_in(&membership.tenant, role)?;
                self.must_have_second_factor(user.id, membership.role)
                    .await?;
                Ok(Caller {
                    user,
                    tenant: membership.tenant,
                    role,
                })
            }
            // They were taken out of it, or it was erased: what was meant for it is not for another one.
            None if wanted.is_none() && !is_nowhere => Err(Error::forbidden(
                "NO_DEFAULT_TENANT",
                "you belong to the tenant no more that counted when none was named; name one with X-Tenant-ID, or make one the \
                 default (PATCH /api/v1/users/{user})",
            )),
            None => Err(Error::forbidden(
                "TENANT_FORBIDDEN",
                "you are not a member of this tenant; check X-Tenant-ID",
            )),
        }
    }
}

/// What a user with this role may do with what they show: a key for one tenant makes nobody an operator, who acts in every one.
pub(crate) fn role_with(user: &User, role: Role) -> Role {
    match user.bound_to {
        Some(_) => role.min(Role::Admin),
        None => role,
    }
}

/// Refuses the people of a suspended tenant; operators look after it meanwhile.
pub(super) fn let_in(tenant: &Tenant, role: Role) -> Result<()> {
    if tenant.suspended_at.is_none() || role.is_operator() {
        return Ok(());
    }
    let because = tenant.suspended_because.as_deref();
    Err(Error::forbidden(
        "TENANT_SUSPENDED",
        format!(
            "this tenant is suspended: {}; ask the gateway's operator",
            because.unwrap_or("no reason was given")
        ),
    ))
}
