#![doc = include_str!("../README.md")]

mod call_log;
mod client;
mod cluster;
mod faults;
mod judge;
mod line;
mod node;
mod proxy;
mod report;
mod run;
mod signal;
mod stage;
mod story;
mod sum;

pub use report::Report;
pub use run::{Database, Length, Plan, new_folder, run};
