//! Who asks, and as which tenant.

mod caller;
mod jwt;
mod keys;
mod local;
mod password;
mod register;
mod second_factor;
mod session;
mod settings;
mod sign_in;
mod throttle;
mod token;

use std::time::Duration;

use faxgate_types::{Right, Rights, Role, SessionId, TenantId, Timestamp, TokenId, UserId};

use crate::error::{Error, Result};
use faxgate_db::tenants::Tenant;

pub use keys::{ApiKey, KeysPage, MadeKey, NewKey};
pub use second_factor::{Enrolment, SecondFactorState};
pub use session::Session;
pub use settings::{AuthSettings, Registration};
pub use sign_in::Credentials;

pub(crate) use caller::role_with;
pub(crate) use keys::scopes;
pub(crate) use password::{Hashing, hash, must_be_good};
pub(crate) use sign_in::home;
pub(crate) use token::Token;

/// That a key or a session is used is written down so often at most.
const USED_EVERY: Duration = Duration::from_secs(60);
/// Sessions that are over are forgotten after so long.
const FORGET_SESSIONS: Duration = Duration::from_secs(30 * 24 * 3600);

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
    /// When the token stops working, if it does.
    pub ends_at: Option<Timestamp>,
}

impl User {
    /// Refuses a key whose scopes do not have this right. What the role allows is another question.
    ///
    /// # Errors
    /// `SCOPE_FORBIDDEN`.
    pub fn must(&self, right: Right) -> Result<()> {
        if self.rights.has(right) {
            return Ok(());
        }
        Err(Error::forbidden(
            "SCOPE_FORBIDDEN",
            format!(
                "this key has not the scope `{right}`; use one that has, or none that is limited to scopes"
            ),
        ))
    }
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
        self.user.must(right)
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
