//! What a caller can see: faxes, their timelines, their pages.

mod document;
mod fax;
mod list;
mod queue;
mod waiting;

pub use document::{Document, DocumentFormat};
pub use fax::{FaxDetail, FaxSummary, ItemDetail, TimelineEntry};
pub use list::{FaxList, ListQuery};
pub use waiting::{WaitCode, Waiting};
