//! From a queue item to a settled call: the steps that touch the database, one transaction each.

mod adopt;
mod carrier;
mod claim;
mod fields;
mod folder;
mod intend;
mod keep;
mod lanes;
mod late;
mod learn;
mod left;
mod pages;
mod progress;
mod records;
mod settle;
mod story;

use faxgate_db::{attempts, items};

pub use carrier::CarrierAttempt;
pub use claim::{ClaimFor, ClaimScope};
pub use fields::{fax_result, hang_up, is_answered, recorded};
pub use intend::{CallBounds, Intended, Prepared};
pub use progress::Step;
pub use records::{MOST_RECORD_BYTES, Record, RecordTaken};
pub use settle::{CallFacts, Settled};

/// An open attempt, in this node's hands.
#[derive(Clone, Debug)]
pub struct Open {
    /// The item.
    pub item: items::Item,
    /// The attempt.
    pub attempt: attempts::Attempt,
}
