#![doc = include_str!("../README.md")]

mod api;
mod bus;
mod call;
mod call_log;
mod cause;
mod cdr;
mod channel;
mod control;
mod dial;
mod dice;
mod error;
mod esl;
mod event;
mod faults;
mod fax;
mod hook;
mod http;
mod http_cache;
mod life;
mod limits;
mod number;
mod options;
mod scenario;
mod simulator;
mod switch;
pub mod telnyx;

pub use call_log::{Call, Outcome};
pub use error::Error;
pub use number::Line;
pub use options::{
    Credentials, InboundPush, Options, Pace, PushShape, RecordBody, RecordPost, Records, Version,
};
pub use scenario::Scenarios;
pub use simulator::Simulator;
