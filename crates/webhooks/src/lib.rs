#![doc = include_str!("../README.md")]

mod filter;
mod retry_after;
mod schedule;
mod secret;
mod sign;
mod verdict;
mod verify;

pub use filter::{EventFilter, FilterError, MOST_PATTERNS};
pub use retry_after::retry_after;
pub use schedule::{LONGEST_WAIT, Schedule};
pub use secret::{Secret, SecretError};
pub use sign::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
pub use verdict::Verdict;
pub use verify::{TOLERANCE_SECONDS, Verifier, VerifyError};
