//! One file a command.

mod audit;
pub(crate) mod balance;
pub(crate) mod beside;
mod convert;
mod demo;
mod destination;
mod did;
mod do_not_fax;
mod held;
mod inbound;
mod keys;
mod legal_hold;
mod line;
mod mail;
mod migrate;
mod number;
mod price;
mod route;
mod serve;
mod simulate;
mod tenant;
mod token;
mod usage;
mod user;
mod webhook;

use std::process::ExitCode;

use faxgate_config::Settings;

use crate::cli::{Cli, Command};

pub(crate) use audit::AuditCommand;
pub(crate) use balance::BalanceCommand;
pub(crate) use destination::DestinationCommand;
pub(crate) use did::DidCommand;
pub(crate) use do_not_fax::DoNotFaxCommand;
pub(crate) use held::HeldCommand;
pub(crate) use inbound::InboundCommand;
pub(crate) use keys::KeysCommand;
pub(crate) use legal_hold::LegalHoldCommand;
pub(crate) use line::{LineCommand, NodeCommand};
pub(crate) use mail::MailCommand;
pub(crate) use number::NumberCommand;
pub(crate) use price::PriceCommand;
pub(crate) use route::RouteCommand;
pub(crate) use tenant::TenantCommand;
pub(crate) use token::TokenCommand;
pub(crate) use usage::Usage;
pub(crate) use user::UserCommand;
pub(crate) use webhook::WebhookCommand;

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
        Command::Simulate(simulate) => simulate::run(*simulate).await,
        Command::Audit(command) => audit::run(&settings()?, command).await,
        Command::LegalHold(command) => done(legal_hold::run(&settings()?, command).await),
        // Who needs a first key has no settings yet that could be read.
        Command::Keys(KeysCommand::Generate) => done(keys::generate()),
        Command::Keys(command) => done(keys::run(&settings()?, command).await),
        Command::Tenant(command) => done(tenant::run(&settings()?, command).await),
        Command::User(command) => done(user::run(&settings()?, command).await),
        Command::Did(command) => done(did::run(&settings()?, command).await),
        Command::Number(command) => done(number::run(&settings()?, command).await),
        Command::Token(command) => done(token::run(&settings()?, command).await),
        Command::Held(command) => done(held::run(&settings()?, command).await),
        Command::Destination(command) => done(destination::run(&settings()?, command).await),
        Command::DoNotFax(command) => done(do_not_fax::run(&settings()?, command).await),
        Command::Line(command) => done(line::line(&settings()?, command).await),
        Command::Node(command) => done(line::node(&settings()?, command).await),
        Command::Route(command) => done(route::run(&settings()?, command).await),
        Command::Mail(command) => done(mail::run(&settings()?, command).await),
        Command::Webhook(command) => done(webhook::run(&settings()?, command).await),
        Command::Usage(asked) => done(usage::run(&settings()?, asked).await),
        Command::Balance(command) => done(balance::run(&settings()?, command).await),
        Command::Price(command) => done(price::run(&settings()?, command).await),
        Command::Inbound(command) => done(inbound::run(&settings()?, command).await),
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
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
