//! `faxgate inbound`

use clap::Subcommand;
use faxgate_config::Settings;

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
}

pub(super) async fn run(settings: &Settings, command: InboundCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
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
