//! What the world is told: the tenant's event log, as programs see it.
//!
//! Use cases append to the log (`faxgate_db::events`) in the transaction of what they change. An entry with `data` is public: a
//! [`PublicEvent`]. Two kinds of readers follow it: a [`Follower`], whose position is moved in the transaction of its effect
//! (webhooks, mail, usage), and live streams, which resume by the id of the last event that was seen.

mod event_id;
mod event_type;
pub(crate) mod facts;
mod follow;
pub(crate) mod live;
mod look;
mod public;

pub use event_id::EventId;
pub use event_type::{EventType, UnknownEventType};
pub use follow::Follower;
pub use live::EventStream;
pub use look::{EventPage, EventQuery, EventTicket};
pub use public::PublicEvent;
