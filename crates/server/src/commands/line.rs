//! `faxgate line` and `faxgate node`

use clap::Subcommand;
use faxgate_config::Settings;

use super::beside::app;

/// `faxgate line`.
#[derive(Debug, Subcommand)]
pub enum LineCommand {
    /// List the lines that calls go out by, and those that are paused: name, nodes that use it, until when it is paused, why.
    List,
    /// End a line's pause: calls go out by it again at once.
    Resume {
        /// The line's name, as `list` shows it.
        name: String,
    },
}

/// `faxgate node`.
#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// List the processes that dispatch: name, whether it lives, since when it runs, when it was last heard of, version, lines.
    List,
}

pub(super) async fn line(settings: &Settings, command: LineCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        LineCommand::List => {
            for line in app.line_states().await? {
                let state = match line.paused_until {
                    Some(until) => format!(
                        "paused until {}: {}",
                        until.to_seconds(),
                        line.pause_reason.unwrap_or_default()
                    ),
                    None if line.pauses > 0 => format!(
                        "on trial: one call at a time, after {} pauses: {}",
                        line.pauses,
                        line.pause_reason.unwrap_or_default()
                    ),
                    None if line.nodes.is_empty() => "no node uses it".to_owned(),
                    None => "in use".to_owned(),
                };
                println!("{}\t{}\t{state}", line.name, line.nodes.join(","));
            }
        }
        LineCommand::Resume { name } => {
            app.resume_line(&name).await?;
            println!("{name}\tresumed");
        }
    }
    Ok(())
}

pub(super) async fn node(settings: &Settings, command: NodeCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        NodeCommand::List => {
            for (node, lives) in app.nodes().await? {
                println!(
                    "{}\t{}\tsince {}\theard of {}\t{}\t{}",
                    node.name,
                    if lives { "lives" } else { "gone" },
                    node.started_at.to_seconds(),
                    node.beat_at.to_seconds(),
                    node.version,
                    node.lanes
                );
            }
        }
    }
    Ok(())
}
