//! What the commands have in common that work on the database itself, beside a running server.

use std::io::Read as _;

use anyhow::Context as _;
use faxgate_config::Settings;
use faxgate_core::App;
use faxgate_imaging::CageConfig;

use crate::parts::{self, LinesOf};

/// The use cases, without a line.
pub(super) async fn app(settings: &Settings) -> anyhow::Result<App> {
    parts::app(settings, LinesOf::NoOne, CageConfig::default()).await
}

/// The password that stands on standard input, without the end of its line.
pub(super) fn password_from_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .context("the password cannot be read from standard input")?;
    password.truncate(password.trim_end_matches(['\r', '\n']).len());
    Ok(password)
}

/// Who runs this command, as the system knows them.
#[expect(
    clippy::disallowed_methods,
    reason = "no setting: the login that the command runs under"
)]
pub(crate) fn who() -> String {
    let named = ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
