//! The document store on a directory and on S3.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod contract;
mod directory;
mod listing;
mod s3;
mod s3_double;

use faxgate_files::StorageKey;

fn key(name: &str) -> StorageKey {
    StorageKey::new("tenant-1", "originals", name).unwrap()
}
