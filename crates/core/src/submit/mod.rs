//! What a caller hands in: documents, faxes, cancellations.

mod cancel;
mod do_not_fax;
mod job;
pub(crate) mod numbers;
mod send;
mod times;
mod upload;

pub use job::JobRequest;
pub use send::{ByMail, SendReply, SendRequest};
pub use upload::{Upload, Uploaded};
