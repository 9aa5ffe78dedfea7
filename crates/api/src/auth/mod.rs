//! `/api/auth/…` and `/auth/…`: from a name and a password to a token or a session.

mod credentials;
mod entry;
pub(crate) mod login;
pub(crate) mod register;
pub(crate) mod token;

pub(crate) use credentials::agent;
pub(crate) use login::SessionBody;
