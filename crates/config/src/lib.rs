#![doc = include_str!("../README.md")]

#[cfg(test)]
mod drift;
mod environment;
mod layers;
mod limits;
mod problem;
mod section;
pub mod sections;
mod setting;
mod settings;
mod suggest;
mod units;
mod urls;

pub use environment::process_environment;
pub use problem::{ConfigError, Problem};
pub use sections::*;
pub use settings::Settings;
pub use units::{Days, Milliseconds, Quota, Seconds};
pub use urls::{DatabaseKind, DatabaseUrl, StorageUrl};

/// `config/default.toml`: every key with its default, its unit and its variable. It is the reference of all settings.
pub const DEFAULT_TOML: &str = include_str!("../../../config/default.toml");
