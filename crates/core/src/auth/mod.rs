//! Who asks, and as which tenant.

mod caller;
mod local;
mod password;
mod sign_in;
mod token;

use faxgate_types::{Role, TokenId, UserId};

use crate::error::{Error, Result};
use faxgate_db::tenants::Tenant;

pub(crate) use password::hash;
pub(crate) use token::Token;

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// The token that was shown; `None`: the operator lets whoever is on this machine in without one.
    pub token: Option<TokenId>,
}

/// A user, acting in one tenant.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub user: User,
    /// Where.
    pub tenant: Tenant,
    /// What they may do there.
    pub role: Role,
}

impl Caller {
    /// Refuses whoever may only look.
    pub(crate) fn may_send(&self) -> Result<()> {
        if self.role.can_send() {
            return Ok(());
        }
        Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            "your role in this tenant may look but not send; ask its administrator",
        ))
    }
}
