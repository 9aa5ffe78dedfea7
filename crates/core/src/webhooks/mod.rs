//! Webhooks that leave us: tenants' endpoints, and every event on its way to each of them.
//!
//! ```text
//! event log ─▶ follow: one delivery an endpoint that wants it, in the transaction that moves the follower
//!                 │
//!                 ▼
//!             run: claim (few an endpoint) ─▶ send: sign, POST behind the guard ─▶ settle: delivered · again · given up
//! ```

mod body;
mod change;
mod create;
mod follow;
mod log;
mod look;
mod model;
mod remove;
mod replay;
mod rotate;
mod run;
mod scope;
mod send;
mod settings;
mod settle;
mod tidy;
mod try_out;
mod turns;

pub use change::WebhookChange;
pub use create::NewWebhook;
pub use log::{DeliveryQuery, LoggedDelivery};
pub use model::{Webhook, WebhookWithSecret};
pub(crate) use replay::Replays;
pub use replay::{Replay, Replayed};
pub use rotate::Rotation;
pub use settings::WebhookSettings;
pub use try_out::TriedOut;
