//! Who asks, and as which tenant.

mod caller;
mod local;
mod password;
mod sign_in;
mod token;

use faxgate_types::{Right, Rights, Role, SessionId, TenantId, TokenId, UserId};

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
    /// The token that was shown; `None`: a session, or the operator lets whoever is on this machine in without one.
    pub token: Option<TokenId>,
    /// The session that was shown.
    pub session: Option<SessionId>,
    /// What the token may be used for; a session may be used for everything.
    pub rights: Rights,
    /// The only tenant that the token is good for; `None`: every one of the user's.
    pub bound_to: Option<TenantId>,
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
    /// Refuses a key whose scopes do not have this right. What the role allows is another question.
    ///
    /// # Errors
    /// `SCOPE_FORBIDDEN`.
    pub fn must(&self, right: Right) -> Result<()> {
        if self.user.rights.has(right) {
            return Ok(());
        }
        Err(Error::forbidden(
            "SCOPE_FORBIDDEN",
            format!(
                "this key has not the scope `{right}`; use one that has, or none that is limited to scopes"
            ),
        ))
    }

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
