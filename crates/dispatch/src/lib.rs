#![doc = include_str!("../README.md")]

mod call;
mod dispatcher;
mod lane;
mod settings;
mod switchboard;

pub mod freeswitch;

pub use dispatcher::Dispatcher;
pub use lane::Lane;
pub use settings::Settings;
pub use switchboard::Switchboard;
