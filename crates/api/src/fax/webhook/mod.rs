//! `/api/fax/webhook/…`: notices that come in.

pub(crate) mod cdr;
mod hostile;
pub(crate) mod inbound;
pub(crate) mod telnyx;
