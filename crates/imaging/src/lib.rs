#![doc = include_str!("../README.md")]

mod bitmap;
mod cage;
pub mod ccitt;
mod convert;
pub mod cover;
pub mod fax_tiff;
pub mod header;
mod kind;
mod page;
pub mod pdf;
pub mod png;
mod refusal;
pub mod sample;
mod stamped;
mod task;
pub mod worker;

pub use bitmap::Bitmap;
pub use cage::{Cage, CageConfig, CageError, Limits, Rendered};
pub use convert::{Inspection, RenderOptions};
pub use kind::{Kind, sniff};
pub use page::{FaxPage, Halftone, PAGE_WIDTH, Resolution, UnknownName, X_DPI};
pub use refusal::{Reason, Refusal};
pub use stamped::{carrier_pdf, stamped_tiff};
