//! `/api/v1/routes`: which lines faxes take. One file an endpoint.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod remove;
