//! Events, as they are written.

use faxgate_core::{EventTicket, PublicEvent};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An event.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventBody {
    /// Its id: the same wherever it is told, for ever.
    #[schema(example = "evt_000000003k2v9x8h4q7m1t6c0b5d")]
    id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "fax.sent")]
    kind: &'static str,
    /// When.
    #[schema(format = DateTime, example = "2025-10-19T10:00:00.000000Z")]
    timestamp: String,
    /// What a program needs of it; which members there are depends on the type.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<PublicEvent> for EventBody {
    fn from(event: PublicEvent) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            timestamp: event.timestamp.to_string(),
            data: event.data,
        }
    }
}

/// What opens one stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketBody {
    /// The ticket: `?ticket=…`.
    #[schema(example = "fxt_6a1f…")]
    ticket: String,
    /// Until when.
    #[schema(format = DateTime, example = "2025-10-19T10:00:30Z")]
    expires_at: String,
}

impl From<EventTicket> for TicketBody {
    fn from(ticket: EventTicket) -> Self {
        Self {
            ticket: ticket.ticket,
            expires_at: ticket.expires_at.to_seconds(),
        }
    }
}
