#![doc = include_str!("../README.md")]

mod breaker;
mod call;
mod dispatcher;
mod floor;
mod lane;
mod rounds;
mod scribe;
mod settings;
mod shares;
mod switchboard;

pub mod freeswitch;
pub mod telnyx;

pub use dispatcher::Dispatcher;
pub use lane::{Lane, Limits};
pub use settings::Settings;
pub use switchboard::Switchboard;
