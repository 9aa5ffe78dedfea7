//! How much is read from outside before it is refused.

/// A settings file, bytes.
pub(crate) const FILE_BYTES: u64 = 1024 * 1024;
/// A file named by a `…_FILE` variable, bytes.
pub(crate) const VALUE_FILE_BYTES: u64 = 64 * 1024;
/// A length of time, seconds: a year.
pub(crate) const SECONDS: u64 = 365 * 24 * 3600;
