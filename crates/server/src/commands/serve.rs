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
    gateway.stop().await;
    Ok(ExitCode::SUCCESS)
}
