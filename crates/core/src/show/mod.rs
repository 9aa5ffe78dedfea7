//! What a caller can see: faxes, their timelines, their pages.

mod document;
mod fax;
mod job;
mod list;
mod queue;
mod waiting;

pub use document::{Document, DocumentFormat};
pub use fax::{FaxDetail, FaxSummary, ItemDetail, TimelineEntry};
pub use job::{CarrierStep, Job, JobCall, JobEvent};
pub use list::{FaxList, ListQuery};
pub use waiting::{WaitCode, Waiting};
