//! Who asks for something about numbers, and what they may.

use faxgate_db::tenants::Tenant;
use faxgate_types::{TenantId, UserId};

use crate::auth::Caller;
use crate::error::{Error, Result};

/// Who asks for something about numbers.
#[derive(Clone, Debug)]
pub enum Asker {
    /// A user of the API, in one tenant.
    Caller(Box<Caller>),
    /// An operator at the gateway's own console, who may do everything and is in no tenant.
    Console,
}

impl Asker {
    /// Whether they may do what concerns every tenant.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        match self {
            Self::Caller(caller) => caller.role.is_operator(),
            Self::Console => true,
        }
    }

    /// The tenant that they are in.
    pub(crate) fn tenant(&self) -> Option<&Tenant> {
        match self {
            Self::Caller(caller) => Some(&caller.tenant),
            Self::Console => None,
        }
    }

    pub(super) fn user(&self) -> Option<UserId> {
        match self {
            Self::Caller(caller) => Some(caller.user.id),
            Self::Console => None,
        }
    }

    /// Whether a number or an order of this tenant exists for them.
    pub(crate) fn sees(&self, tenant: TenantId) -> bool {
        self.is_operator() || self.tenant().is_some_and(|own| own.id == tenant)
    }

    /// Refuses whoever does not administer the tenant that they are in. `what` they wanted: `place legal holds`.
    pub(crate) fn may_administer(&self, what: &str) -> Result<()> {
        match self {
            Self::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
                "ROLE_FORBIDDEN",
                format!("your role in this tenant may not {what}; ask its administrator"),
            )),
            _ => Ok(()),
        }
    }

    /// Refuses whoever does not administer the tenant.
    pub(super) fn may_manage(&self) -> Result<()> {
        match self {
            Self::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
                "ROLE_FORBIDDEN",
                "your role in this tenant may not change its numbers; ask its administrator",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses whoever may not order numbers: operators may, and administrators where `tenants_may_order` lets them.
    pub(super) fn may_order(&self, tenants_may_order: u32) -> Result<()> {
        self.may_manage()?;
        if tenants_may_order > 0 {
            return Ok(());
        }
        self.must_operate("ordering numbers, which costs money,")
    }

    /// Refuses whoever is no operator. `what` they wanted: `seeing the numbers of every tenant`.
    pub(crate) fn must_operate(&self, what: &str) -> Result<()> {
        if self.is_operator() {
            return Ok(());
        }
        Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            format!("{what} needs the operator role; ask the gateway's operator"),
        ))
    }
}
