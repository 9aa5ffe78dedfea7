//! How a tenant's faxes are sent: shares, limits, hours and retries.

mod policy;
mod window;

pub use policy::{LastPage, PolicyError, RetryKind, RetrySteps, SendingPolicy, UnknownOutcome};
pub use window::{BadWindow, SendingWindow, open_at};
