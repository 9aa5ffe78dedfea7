//! `/api/v1`, and `/phone_numbers`.

pub(crate) mod auth;
pub(crate) mod broadcasts;
pub(crate) mod contacts;
pub(crate) mod covers;
pub(crate) mod envelope;
pub(crate) mod events;
pub(crate) mod lists;
pub(crate) mod mail;
pub(crate) mod numbers;
pub(crate) mod phone_numbers;
pub(crate) mod records;
pub(crate) mod routing;
pub(crate) mod sheet;
pub(crate) mod tenants;
pub(crate) mod usage;
pub(crate) mod users;
pub(crate) mod webhooks;
