//! What a caller hands in: documents, faxes, cancellations.

mod cancel;
mod numbers;
mod send;
mod upload;

pub use send::{Idempotency, SendReply, SendRequest};
pub use upload::{Upload, Uploaded};
