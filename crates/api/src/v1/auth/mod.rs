//! `/api/v1/auth`: who asks, their keys, their sessions, their password and their second factor.

pub(crate) mod clients;
pub(crate) mod keys;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod model;
pub(crate) mod password;
pub(crate) mod rotate;
pub(crate) mod sessions;
pub(crate) mod totp;
