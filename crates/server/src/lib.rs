#![doc = include_str!("../README.md")]

pub mod cli;
mod commands;
mod gateway;
mod line;
mod logging;
mod mail;
mod parts;
mod telnyx;

pub use commands::run;
pub use gateway::{Gateway, Role};
