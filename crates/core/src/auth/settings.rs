//! What an operator chooses about people who sign in.

use std::time::Duration;

use faxgate_types::Country;

/// What an operator chooses about people who sign in.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// How long a login lasts.
    pub session: Duration,
    /// The fewest characters of a password.
    pub password_min: usize,
    /// Whether operators act only once they have a second factor.
    pub operators_need_totp: bool,
    /// Whether the gateway's secret is a setting, and so the same after a restart: what is encrypted with it can be read then.
    pub secret_is_kept: bool,
    /// Who may register; `None`: nobody.
    pub registration: Option<Registration>,
}

/// What becomes of whoever registers.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The slug of the tenant that they become members of; `None`: each gets a tenant of their own, and administers it.
    pub tenant: Option<String>,
    /// Where a tenant of their own is.
    pub country: Country,
    /// How many numbers the administrators of a tenant may claim that the carrier's account does not have.
    pub may_claim: u32,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            session: Duration::from_secs(30 * 60),
            password_min: 8,
            operators_need_totp: false,
            secret_is_kept: true,
            registration: None,
        }
    }
}
