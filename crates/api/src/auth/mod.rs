//! `/api/auth/…`

pub(crate) mod token;
