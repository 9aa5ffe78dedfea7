#![doc = include_str!("../README.md")]

mod column;
mod connection;
mod error;
mod migrate;
mod node_lock;
mod on_main;
mod postgres;
mod schema;
mod sql;
mod sqlite;
mod tx;
mod wake;
mod writer;

pub mod attempts;
pub mod call_records;
pub mod destinations;
pub mod dids;
pub mod do_not_fax;
pub mod documents;
pub mod events;
pub mod faxes;
pub mod handover;
pub mod held;
pub mod idempotency;
pub mod items;
pub mod jobs;
pub mod lane_folder;
pub mod lanes;
pub mod nodes;
pub mod queue_view;
pub mod receptions;
pub mod renditions;
pub mod shares;
pub mod tenant_change;
pub mod tenants;
pub mod tokens;
pub mod usage;
pub mod users;

pub use connection::{Db, Options};
pub use error::{DbError, DbResult};
pub use node_lock::NodeLock;
pub use tx::{System, Tx};
pub use wake::{Wake, Wakes};
