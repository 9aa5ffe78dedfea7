//! One file a command.

mod convert;
mod demo;
mod manage;
mod migrate;
mod serve;
mod simulate;

use std::process::ExitCode;

use faxgate_config::Settings;

use crate::cli::{Cli, Command};

/// Runs a command to its end.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    keep_from_others();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("faxgate: no threads can be had: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(carry_out(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("faxgate: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = || -> anyhow::Result<Settings> {
        Ok(Settings::load(
            cli.config.as_deref(),
            faxgate_config::process_environment(),
        )?)
    };
    match cli.command {
        Command::Serve { role } => serve::run(&settings()?, role).await,
        Command::Migrate => migrate::run(&settings()?).await,
        Command::Demo { exit, dir, listen } => demo::run(exit, dir, listen).await,
        Command::Convert(convert) => convert::run(&convert).await,
        Command::Simulate(simulate) => simulate::run(simulate).await,
        Command::Tenant(command) => manage::tenant(&settings()?, command).await,
        Command::User(command) => manage::user(&settings()?, command).await,
        Command::Did(command) => manage::did(&settings()?, command).await,
        Command::Token(command) => manage::token(&settings()?, command).await,
        Command::Inbound(command) => manage::inbound(&settings()?, command).await,
    }
}

/// Documents, pages and the database are for the gateway and its group (FreeSWITCH), not for everybody on the machine; a
/// stricter umask stays.
fn keep_from_others() {
    let others = rustix::fs::Mode::from_raw_mode(0o027);
    let before = rustix::process::umask(others);
    rustix::process::umask(before | others);
}

/// Resolves when somebody asks the program to stop: Ctrl-C, or SIGTERM.
async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ctrl_c = tokio::signal::ctrl_c() => ctrl_c?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
