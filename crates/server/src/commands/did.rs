//! `faxgate did`

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{Asker, NumberChange};

use super::beside::app;

/// `faxgate did`.
#[derive(Debug, Subcommand)]
pub enum DidCommand {
    /// Give a number to a tenant.
    Add {
        /// The number, with + and country code or as the tenant's country writes it.
        number: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Take a number away from its tenant. What comes in for it afterwards belongs to nobody.
    Remove {
        /// The number, with + and country code or as the tenant's country writes it.
        number: String,
        /// Even while faxes wait to be sent from it: they fail when their turn comes.
        #[arg(long)]
        force: bool,
    },
    /// Say that a number is its tenant's indeed: one that was claimed where people may register. Until then no real fax goes by it.
    Confirm {
        /// The number, with + and country code.
        number: String,
    },
    /// List numbers.
    List,
}

pub(super) async fn run(settings: &Settings, command: DidCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        DidCommand::Add { number, tenant } => {
            println!("{}\t{tenant}", app.add_did(&number, &tenant).await?);
        }
        DidCommand::Remove { number, force } => {
            println!("{}\tremoved", app.remove_did(&number, force).await?);
        }
        DidCommand::Confirm { number } => {
            let change = NumberChange {
                confirmed: Some(true),
                ..NumberChange::default()
            };
            let own = app.change_number(&Asker::Console, &number, change).await?;
            println!("{}\t{}\tconfirmed", own.did.number, own.tenant);
        }
        DidCommand::List => {
            for (number, slug, confirmed) in app.dids().await? {
                let claimed = if confirmed {
                    ""
                } else {
                    "\tclaimed, not confirmed"
                };
                println!("{number}\t{slug}{claimed}");
            }
        }
    }
    Ok(())
}
