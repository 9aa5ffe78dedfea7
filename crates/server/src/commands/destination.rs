//! `faxgate destination`

use clap::{Args, Subcommand};
use faxgate_config::Settings;
use faxgate_core::{DestinationChange, KnownDestination};
use faxgate_types::LineSettings;

use super::beside::app;

/// `faxgate destination`.
#[derive(Debug, Subcommand)]
pub enum DestinationCommand {
    /// Show what is known of a number: calls at once, what calls to it may use, what was learned and when that fades.
    Show {
        /// The number, with + and country code.
        number: String,
    },
    /// Set how many calls a number takes, or what calls to it may use.
    Set(Set),
    /// Forget what was learned, and what was set.
    Reset {
        /// The number, with + and country code.
        number: String,
    },
    /// List numbers of which something is known; at most 1000.
    List {
        /// Only those that begin so.
        #[arg(default_value = "+")]
        prefix: String,
    },
}

/// `faxgate destination set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The number, with + and country code.
    number: String,
    #[command(flatten)]
    to: Choices,
}

/// What is set: at least one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Choices {
    /// Calls at once, all tenants together: more than 1 for a hunt group.
    #[arg(long, value_name = "N")]
    max_calls: Option<u32>,
    /// What calls to it may use, whatever happens: words of "t38 ecm v17"; "" for none of them. Nothing is learned then.
    #[arg(long, value_name = "WORDS", conflicts_with = "learn")]
    line_settings: Option<LineSettings>,
    /// Learn again what works, in place of what was set.
    #[arg(long)]
    learn: bool,
    /// A note for operators; "" takes it away.
    #[arg(long)]
    note: Option<String>,
}

pub(super) async fn run(settings: &Settings, command: DestinationCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        DestinationCommand::Show { number } => print(&app.destination(&number).await?),
        DestinationCommand::Set(set) => {
            let change = DestinationChange {
                max_calls: set.to.max_calls,
                line_settings: match set.to.learn {
                    true => Some(None),
                    false => set.to.line_settings.map(Some),
                },
                note: set.to.note,
            };
            print(&app.change_destination(&set.number, change).await?);
        }
        DestinationCommand::Reset { number } => {
            app.reset_destination(&number).await?;
            println!("{number}\tforgotten");
        }
        DestinationCommand::List { prefix } => {
            for destination in app.destinations(&prefix).await? {
                print(&destination);
            }
        }
    }
    Ok(())
}

fn print(destination: &KnownDestination) {
    let KnownDestination {
        known,
        settings,
        fades_at,
    } = destination;
    let calls = match known.max_calls {
        1 => "1 call at a time".to_owned(),
        n => format!("{n} calls at a time"),
    };
    let uses = match settings.to_string() {
        words if words.is_empty() => "plain audio".to_owned(),
        words => words,
    };
    let how = match (known.pinned, fades_at) {
        (true, _) => "set by an operator".to_owned(),
        (false, Some(at)) => format!("learned, fades {}", at.to_seconds()),
        (false, None) => "all that the line can do".to_owned(),
    };
    println!(
        "{}\t{calls}\t{uses}\t{how}\t{} good, {} bad\t{}",
        known.number,
        known.good,
        known.bad,
        known.note.as_deref().unwrap_or_default()
    );
}
