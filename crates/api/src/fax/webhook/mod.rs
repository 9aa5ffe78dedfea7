//! `/api/fax/webhook/…`: notices that come in.

pub(crate) mod inbound;
