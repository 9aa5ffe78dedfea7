#![doc = include_str!("../README.md")]

mod aggregate;
mod attempt;
mod evidence;
mod fate;
mod ladder;
mod lost;
mod policy;
mod profile;

pub use aggregate::fax_status;
pub use attempt::{Action, Attempt, Failure, Verdict};
pub use evidence::{CarrierEnd, Core, Evidence, FaxResult, HangUp};
pub use fate::{Fate, GivenUp, ItemView, Tries, fate};
pub use faxgate_types::{LastPage, UnknownOutcome};
pub use lost::Lost;
pub use policy::{RetryPolicy, Schedule, Waits};
pub use profile::Profile;
