//! Settings as an operator meets them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod cost;
mod freeswitch;
mod layers;
mod refusals;
mod secrets;
mod simulator;

use std::io::Write as _;

use faxgate_config::{ConfigError, Settings};
use tempfile::NamedTempFile;

/// With these variables and no file.
fn with(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    Settings::load(None, owned(variables))
}

/// With a file that holds `toml`, and these variables.
fn with_file(toml: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    Settings::load(Some(file(toml).path()), owned(variables))
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Each problem as it is printed.
fn problems(result: Result<Settings, ConfigError>) -> Vec<String> {
    let error = result.unwrap_err();
    error.problems().iter().map(ToString::to_string).collect()
}
