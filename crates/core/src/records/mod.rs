//! How long things are kept, and what is never removed.

mod holds;
mod keep;
mod removed;
mod retain;
mod settings;

pub use holds::NewHold;
pub(crate) use removed::{no_upload, pages_removed};
pub use settings::{Keep, RecordSettings};
