//! `faxgate do-not-fax`

use clap::Subcommand;
use faxgate_config::Settings;

use super::beside::app;

/// `faxgate do-not-fax`.
#[derive(Debug, Subcommand)]
pub enum DoNotFaxCommand {
    /// Add a number: sends to it are refused, for one tenant or for everybody. What waits already is not taken back.
    Add {
        /// The number, with + and country code; with --tenant also as that tenant's country writes it.
        number: String,
        /// Only for this tenant; for everybody if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// Why. A tenant's own reason is shown to whoever tries to send.
        #[arg(long)]
        reason: String,
    },
    /// Take a number off the list.
    Remove {
        /// The number, as for `add`.
        number: String,
        /// Off this tenant's list; off the one for everybody if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// List the numbers, since when, and why.
    List {
        /// This tenant's; those for everybody if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
}

pub(super) async fn run(settings: &Settings, command: DoNotFaxCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let whose = |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "everybody".to_owned());
    match command {
        DoNotFaxCommand::Add {
            number,
            tenant,
            reason,
        } => {
            let number = app.do_not_fax(&number, tenant.as_deref(), &reason).await?;
            println!("{number}\t{}\tadded", whose(&tenant));
        }
        DoNotFaxCommand::Remove { number, tenant } => {
            let number = app.may_be_faxed(&number, tenant.as_deref()).await?;
            println!("{number}\t{}\tremoved", whose(&tenant));
        }
        DoNotFaxCommand::List { tenant } => {
            let mut from = Some(0);
            while let Some(offset) = from {
                let (entries, more) = app.do_not_fax_list(tenant.as_deref(), offset).await?;
                for entry in entries {
                    let since = entry.created_at.to_seconds();
                    println!(
                        "{}\t{}\tsince {since}\t{}",
                        entry.number,
                        whose(&tenant),
                        entry.reason
                    );
                }
                from = more;
            }
        }
    }
    Ok(())
}
