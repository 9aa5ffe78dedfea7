//! The log: a story on standard error.

use anyhow::Context as _;
use faxgate_config::{LogFormat, Server};
use tracing_subscriber::EnvFilter;

/// What is logged only where the settings name it: actix calls it an error of ours when what a client sends is no HTTP, so anybody
/// could fill the log with errors.
const NOT_OURS: &str = "actix_http::h1::dispatcher=off";

/// Starts the log as the settings say. A second start changes nothing: tests start many gateways.
pub(crate) fn start(settings: &Server) -> anyhow::Result<()> {
    let filter = format!("{NOT_OURS},{}", settings.log_filter);
    let filter = EnvFilter::try_new(filter).context("server.log_filter cannot be read")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // An error means that there is a log already.
    let _ = match settings.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    Ok(())
}
