#![doc = include_str!("../README.md")]

mod breaker;
mod call;
mod dispatcher;
mod floor;
mod lane;
mod on_net;
mod pages;
mod rounds;
mod scribe;
mod settings;
mod shares;
mod switchboard;

pub mod freeswitch;
pub mod telnyx;

pub use dispatcher::Dispatcher;
pub use lane::{Lane, Limits};
pub use on_net::OnNet;
pub use settings::Settings;
pub use switchboard::Switchboard;
