#![doc = include_str!("../README.md")]

mod bitmap;
pub mod ccitt;
pub mod fax_tiff;
pub mod header;
mod kind;
mod page;
mod refusal;

pub use bitmap::Bitmap;
pub use kind::{Kind, sniff};
pub use page::{FaxPage, Halftone, PAGE_WIDTH, Resolution, UnknownName, X_DPI};
pub use refusal::{Reason, Refusal};
