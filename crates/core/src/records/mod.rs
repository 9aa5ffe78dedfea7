//! How long things are kept, what is never removed, and how a tenant leaves.

mod erase;
mod export;
mod holds;
mod keep;
mod removed;
mod retain;
mod settings;

pub use export::{Exported, ExportedFile};
pub use holds::NewHold;
pub(crate) use removed::{no_upload, pages_removed};
pub(crate) use retain::Bookmark;
pub use settings::{Keep, RecordSettings};
