#![doc = include_str!("../README.md")]

pub mod cli;
mod commands;
mod gateway;
mod line;
mod mail;
mod logging;
mod parts;
mod telnyx;

pub use commands::run;
pub use gateway::{Gateway, Role};
