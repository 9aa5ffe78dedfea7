//! How long things are kept, and what is never removed.

mod settings;

pub use settings::{Keep, RecordSettings};
