#![doc = include_str!("../README.md")]

mod digest;
mod error;
mod export;
mod ingest;
mod key;
mod list;
mod open;
mod store;

pub use digest::{NotADigest, Sha256Digest};
pub use error::FilesError;
pub use key::{InvalidKey, StorageKey};
pub use list::{Listed, Listing};
pub use open::{Options, S3Options};
pub use store::{Files, Stored, hand_out};
