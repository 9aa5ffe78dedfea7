//! `faxgate serve`

use std::process::ExitCode;

use faxgate_config::Settings;

use crate::cli::RoleArg;
use crate::gateway::{Gateway, Role};
use crate::logging;

pub(super) async fn run(settings: &Settings, role: RoleArg) -> anyhow::Result<ExitCode> {
    logging::start(&settings.server)?;
    let role = match role {
        RoleArg::All => Role::All,
        RoleArg::Api => Role::Api,
        RoleArg::Dispatch => Role::Dispatch,
    };
    let gateway = Gateway::start(settings, role).await?;
    super::asked_to_stop().await?;
    // Whoever asks twice does not want to wait: what is on the line is taken over at the next start.
    tokio::spawn(async {
        if super::asked_to_stop().await.is_ok() {
            tracing::warn!("stopping at once");
            std::process::exit(130);
        }
    });
    gateway.stop().await;
    Ok(ExitCode::SUCCESS)
}
