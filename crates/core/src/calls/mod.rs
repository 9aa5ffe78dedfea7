//! From a queue item to a settled call: the steps that touch the database, one transaction each.

mod adopt;
mod claim;
mod intend;
mod pages;
mod progress;
mod settle;

use faxgate_db::{attempts, items};

pub use claim::ClaimScope;
pub use intend::{CallBounds, Intended, Prepared};
pub use settle::{CallFacts, Settled};

/// An open attempt, in this node's hands.
#[derive(Clone, Debug)]
pub struct Open {
    /// The item.
    pub item: items::Item,
    /// The attempt.
    pub attempt: attempts::Attempt,
}
