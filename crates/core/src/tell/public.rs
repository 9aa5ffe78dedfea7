//! An event, as the world is told of it.

use faxgate_db::events::Numbered;
use faxgate_types::{FaxId, TenantId, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{EventId, EventType};

/// An event, as the world is told of it: `{"id", "type", "timestamp", "data"}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicEvent {
    /// Its id: the same however often it is told.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub timestamp: Timestamp,
    /// What a program needs of it: an object.
    pub data: Value,
    /// The fax that it concerns, if one.
    #[serde(skip)]
    pub fax: Option<FaxId>,
    /// Its number within the tenant.
    #[serde(skip)]
    pub seq: i64,
}

impl PublicEvent {
    /// What an entry of the tenant's log tells the world; `None`: nothing.
    #[must_use]
    pub fn of(tenant: TenantId, entry: Numbered) -> Option<Self> {
        let data = entry.event.data?;
        Some(Self {
            id: EventId::new(tenant, entry.seq),
            kind: EventType::of_kind(&entry.event.kind)?,
            timestamp: entry.event.at,
            data,
            fax: entry.event.fax,
            seq: entry.seq,
        })
    }
}

/// Of a fixed width, so that it sorts.
fn as_text<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}
