#![doc = include_str!("../README.md")]

mod api;
mod bus;
mod call;
mod call_log;
mod cause;
mod cdr;
mod channel;
mod dial;
mod error;
mod esl;
mod event;
mod fax;
mod limits;
mod number;
mod options;
mod scenario;
mod simulator;
mod switch;

pub use call_log::{Call, Outcome};
pub use error::Error;
pub use number::Line;
pub use options::{Options, Pace};
pub use scenario::Scenarios;
pub use simulator::Simulator;
