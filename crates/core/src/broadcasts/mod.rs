//! Broadcasts: one document to many recipients, a fax each.
//!
//! ```text
//! draft ──schedule──> scheduled ──its time──> running ──every recipient at an end──> completed
//!                                             │    ▲
//!                                           pause resume        cancel, from anywhere ──> canceled
//!                                             ▼    │
//!                                             paused
//! ```
//!
//! One leased job a broadcast (`run.rs`) makes the faxes in chunks, takes in what became of them, and stops them. A recipient turns into
//! its fax in one transaction, once; a process that dies in the middle leaves either both or neither. Whoever changes a broadcast locks
//! its row first. What the rules say of a recipient (do-not-fax lists, countries, emergency and premium numbers) is asked when its
//! fax is made. At most [`AHEAD`] faxes of a broadcast wait in the queue; the others are made as those end.

mod add;
mod cover;
mod create;
mod draw;
mod link;
mod look;
mod make;
mod pause;
mod results;
mod retry;
mod run;
mod schedule;

use std::fmt;
use std::str::FromStr;

use faxgate_db::Tx;
use faxgate_db::broadcasts::{self, Broadcast};
use faxgate_db::events::Event;
use faxgate_types::{BroadcastId, RecipientState, TenantId, Timestamp};
use serde_json::json;

use crate::error::{Error, Result};
use crate::tell::facts::of_tenant;

pub use add::{AddRecipients, AddedRecipients, SomeRecipient};
pub use create::{NewBroadcast, Sheet as RecipientSheet};
pub use link::{RECIPIENTS_LINK_LASTS, RecipientsLink};

/// Recipients that a broadcast may have.
pub const MOST_RECIPIENTS: i64 = 100_000;
/// Faxes of one broadcast that wait in the queue at once, or are being sent.
const AHEAD: i64 = 10_000;

/// A broadcast, across tenants: what its job is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BroadcastRef(pub(crate) TenantId, pub(crate) BroadcastId);

impl fmt::Display for BroadcastRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// A text that names no broadcast.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not a tenant's id and a broadcast's id")]
pub(crate) struct NotABroadcastRef;

impl FromStr for BroadcastRef {
    type Err = NotABroadcastRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tenant, broadcast) = text.split_once('/').ok_or(NotABroadcastRef)?;
        let tenant = tenant.parse().map_err(|_| NotABroadcastRef)?;
        Ok(Self(
            tenant,
            broadcast.parse().map_err(|_| NotABroadcastRef)?,
        ))
    }
}

/// The tenant's broadcast, locked until the transaction ends.
async fn locked(tx: &mut Tx, tenant: TenantId, id: BroadcastId) -> Result<Broadcast> {
    broadcasts::lock(tx, tenant, id)
        .await?
        .ok_or_else(no_such_broadcast)
}

fn no_such_broadcast() -> Error {
    Error::not_found("NO_SUCH_BROADCAST", "there is no such broadcast")
}

/// It is in a state that does not allow it.
fn not_now(broadcast: &Broadcast, what: &str) -> Error {
    Error::conflict(
        "BROADCAST_STATE",
        format!("the broadcast is {}; {what}", broadcast.state),
    )
}

/// What the tenant's log says of a broadcast, and programs are told.
fn told(broadcast: &Broadcast, what: &str, at: Timestamp) -> Event {
    let mut counts = serde_json::Map::new();
    counts.insert("total".to_owned(), broadcast.counts.total().into());
    for state in RecipientState::ALL {
        counts.insert(
            state.as_str().to_owned(),
            broadcast.counts.of(*state).into(),
        );
    }
    of_tenant(
        &format!("broadcast.{what}"),
        format!("broadcast {} {what}", broadcast.name),
        json!({
            "broadcast_id": broadcast.id.to_string(),
            "name": broadcast.name,
            "status": broadcast.state.as_str(),
            "error": broadcast.error,
            "counts": counts,
        }),
        at,
    )
}
