//! `/api/v1`, and `/phone_numbers`.

pub(crate) mod envelope;
pub(crate) mod numbers;
pub(crate) mod phone_numbers;
pub(crate) mod routing;
pub(crate) mod tenants;
pub(crate) mod webhooks;
