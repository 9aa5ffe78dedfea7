//! `/api/v1/events`: one file an endpoint.

pub(crate) mod hangup;
pub(crate) mod list;
pub(crate) mod model;
mod pump;
mod query;
pub(crate) mod seats;
pub(crate) mod stream;
pub(crate) mod ticket;
mod wire;
pub(crate) mod ws;
