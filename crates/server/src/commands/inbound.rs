//! `faxgate inbound`

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_types::ReceptionId;

use super::beside::app;

/// `faxgate inbound`.
#[derive(Debug, Subcommand)]
pub enum InboundCommand {
    /// List receptions; those for numbers that nobody has are `unmatched`, and delivered when the number is added.
    List {
        /// Only those in this state: waiting, delivered, unmatched or unreadable.
        #[arg(long)]
        state: Option<String>,
    },
    /// Try again to fetch and to read the pages of a reception that is unreadable or unmatched, or that still waits.
    Retry {
        /// The reception, as `faxgate inbound list` shows it.
        id: ReceptionId,
    },
}

pub(super) async fn run(settings: &Settings, command: InboundCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        InboundCommand::Retry { id } => {
            app.retry_reception(id).await?;
            println!("reception {id} is tried again");
        }
        InboundCommand::List { state } => {
            for reception in app.receptions(state.as_deref()).await? {
                println!(
                    "{}\t{}\t{}\t{}\t{}",
                    reception.id,
                    reception.created_at.to_seconds(),
                    reception.to,
                    reception.state,
                    reception.error.unwrap_or_default()
                );
            }
        }
    }
    Ok(())
}
