//! The helpers, helping themselves.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod databases;
mod waiting;
