//! `faxgate route`

use anyhow::Context as _;
use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{Asker, LanesKnown, NewRoute, Once, RouteRule};

use super::beside::app;

/// `faxgate route`.
#[derive(Debug, Subcommand)]
pub enum RouteCommand {
    /// Add a rule about the lines that faxes take; what waits goes by it at once.
    Add {
        /// The lines, best first, separated by commas: on-net, names of FreeSWITCH nodes, telnyx.
        #[arg(long, value_name = "LINES")]
        lanes: String,
        /// Only for faxes of this tenant; for everybody's if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// Only to numbers that begin so, country code first: 1212.
        #[arg(long, value_name = "DIGITS", default_value = "")]
        prefix: String,
        /// Its place; 1 is looked at first. Behind the others if not given.
        #[arg(long, value_name = "N")]
        position: Option<u32>,
    },
    /// List the rules in the order in which they count: id, whose, position, prefix, lines.
    List {
        /// This tenant's, and those for everybody; all if not given.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// Take a rule away; what waits goes by those that are left at once.
    Remove {
        /// The rule's id, as `list` shows it.
        id: String,
    },
    /// Show where faxes to a number go: the rule that counts, its lines, and which of them are up.
    Show {
        /// The number, with + and country code.
        number: String,
        /// Faxes of this tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// Faxes sent from this number, with + and country code.
        #[arg(long, value_name = "NUMBER")]
        from: Option<String>,
    },
}

pub(super) async fn run(settings: &Settings, command: RouteCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        RouteCommand::Add {
            lanes,
            tenant,
            prefix,
            position,
        } => {
            let new = NewRoute {
                tenant,
                prefix,
                lanes,
                position,
                configured: configured(settings),
            };
            let (rule, known) = app.add_route(&Asker::Console, new, Once::default()).await?;
            if known == LanesKnown::Unchecked {
                eprintln!(
                    "faxgate: no line is configured and no node dispatches, so the names of the lines were not checked"
                );
            }
            println!("{}", line(&rule));
        }
        RouteCommand::List { tenant } => {
            for rule in app.routes(tenant.as_deref()).await? {
                println!("{}", line(&rule));
            }
        }
        RouteCommand::Remove { id } => {
            let id = id
                .parse()
                .with_context(|| format!("`{id}` is no id of a rule"))?;
            app.remove_route(&Asker::Console, id).await?;
            println!("{id}\tremoved");
        }
        RouteCommand::Show {
            number,
            tenant,
            from,
        } => {
            let shown = app
                .route_of(&number, tenant.as_deref(), from.as_deref())
                .await?;
            let whose = if shown.is_ours {
                "a number of this gateway"
            } else {
                "a number elsewhere"
            };
            println!("{}\t{whose}", shown.number);
            match (&shown.rule, &shown.lanes) {
                (Some(rule), _) => println!("rule\t{}", line(rule)),
                (None, Some(_)) => println!("rule\tthe sending number's own route"),
                (None, None) => println!("rule\tnone: any line, by its weight"),
            }
            for (name, is_up) in shown.lanes.unwrap_or_default() {
                println!("{name}\t{}", if is_up { "up" } else { "down" });
            }
        }
    }
    Ok(())
}

/// The lines that the settings name.
fn configured(settings: &Settings) -> Vec<String> {
    let nodes = settings
        .freeswitch
        .nodes
        .iter()
        .map(|node| node.name.clone());
    let telnyx = settings.telnyx.api_key.iter().map(|_| "telnyx".to_owned());
    nodes.chain(telnyx).collect()
}

fn line(rule: &RouteRule) -> String {
    let whose = rule.tenant.as_deref().unwrap_or("everybody");
    let prefix = match rule.prefix.as_str() {
        "" => "every number".to_owned(),
        digits => format!("+{digits}…"),
    };
    let lanes: Vec<_> = rule.route.lanes().collect();
    format!(
        "{}\t{whose}\t{}\t{prefix}\t{}",
        rule.id,
        rule.position,
        lanes.join(",")
    )
}
