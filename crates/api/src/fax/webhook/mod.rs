//! `/api/fax/webhook/…`: notices that come in.

pub(crate) mod cdr;
pub(crate) mod inbound;
