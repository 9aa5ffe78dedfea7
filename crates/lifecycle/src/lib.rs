#![doc = include_str!("../README.md")]

mod aggregate;
mod attempt;
mod evidence;
mod fate;
mod policy;

pub use aggregate::fax_status;
pub use attempt::{Action, Attempt, Failure, Verdict};
pub use evidence::{Core, Evidence, FaxResult, HangUp};
pub use fate::{Fate, ItemView, Tries, fate};
pub use policy::{LastPage, RetryPolicy, Schedule, UnknownOutcome};
