//! One file a section.

mod bootstrap;
mod cost;
mod database;
mod dispatch;
pub(crate) mod freeswitch;
mod imaging;
mod job_api;
mod node;
mod numbers;
mod outbound;
mod prices;
mod rate_limits;
mod retention;
mod retry;
mod server;
mod simulator;
mod storage;
mod telnyx;
mod webhook;
mod webhooks_out;

pub use bootstrap::Bootstrap;
pub use cost::{Cost, Money, Rates};
pub use database::Database;
pub use dispatch::Dispatch;
pub use freeswitch::{DialFormat, Freeswitch, FreeswitchNode, SpoolKind, T38};
pub use imaging::{Halftone, Imaging};
pub use job_api::JobApi;
pub use node::Node;
pub use numbers::Numbers;
pub use outbound::Outbound;
pub use prices::Prices;
pub use rate_limits::RateLimits;
pub use retention::Retention;
pub use retry::{Ladder, Retry};
pub use server::{LogFormat, Server};
pub use simulator::{Pace, Simulator, SimulatorDecision};
pub use storage::Storage;
pub use telnyx::Telnyx;
pub use webhook::Webhook;
pub use webhooks_out::WebhooksOut;

pub(crate) use bootstrap::BootstrapTable;
