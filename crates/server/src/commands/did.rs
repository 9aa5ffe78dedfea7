//! `faxgate did`

use clap::Subcommand;
use faxgate_config::Settings;

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
        DidCommand::List => {
            for (number, slug) in app.dids().await? {
                println!("{number}\t{slug}");
            }
        }
    }
    Ok(())
}
