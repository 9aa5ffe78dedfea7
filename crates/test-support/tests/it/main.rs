//! The helpers, helping themselves.

mod databases;
mod waiting;
