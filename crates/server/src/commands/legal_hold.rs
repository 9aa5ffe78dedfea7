//! `faxgate legal-hold`

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{Asker, LegalHold, NewHold, Once};
use faxgate_types::{FaxId, LegalHoldId, Timestamp};

use super::beside::app;

/// Holds listed at most.
const MOST: u32 = 10_000;

/// `faxgate legal-hold`.
#[derive(Debug, Subcommand)]
pub enum LegalHoldCommand {
    /// Keep what a tenant has from being removed: all of it, or what the options name.
    Place {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Only this fax.
        #[arg(long, value_name = "UUID", conflicts_with_all = ["number", "from", "until"])]
        fax: Option<FaxId>,
        /// Only faxes from or to this number.
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
        /// Only what is from this time on, such as 2026-01-31T00:00:00Z.
        #[arg(long, value_name = "TIME", value_parser = time)]
        from: Option<Timestamp>,
        /// Only what is from before this time.
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<Timestamp>,
    },
    /// Lift a hold.
    Lift {
        /// Its id.
        hold: LegalHoldId,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// List the holds on what a tenant has.
    List {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Also those that were lifted.
        #[arg(long)]
        lifted: bool,
    },
}

pub(super) async fn run(settings: &Settings, command: LegalHoldCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let asker = Asker::Console;
    match command {
        LegalHoldCommand::Place {
            tenant,
            reason,
            fax,
            number,
            from,
            until,
        } => {
            let new = NewHold {
                fax,
                number,
                from,
                until,
                reason,
            };
            let placed = app
                .place_hold(&asker, &tenant, new, Once::default())
                .await?;
            println!("{}", line(&placed));
        }
        LegalHoldCommand::Lift { hold, tenant } => {
            println!("{}", line(&app.lift_hold(&asker, &tenant, hold).await?));
        }
        LegalHoldCommand::List { tenant, lifted } => {
            let (holds, _) = app.holds(&asker, &tenant, lifted, MOST, 0).await?;
            for hold in holds {
                println!("{}", line(&hold));
            }
        }
    }
    Ok(())
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it as 2026-01-31T00:00:00Z".to_owned())
}

fn line(hold: &LegalHold) -> String {
    let mut what = Vec::new();
    what.extend(hold.fax_id.map(|fax| format!("fax {fax}")));
    what.extend(
        hold.number
            .as_ref()
            .map(|number| format!("faxes from or to {number}")),
    );
    what.extend(hold.from_at.map(|at| format!("from {}", at.to_seconds())));
    what.extend(
        hold.until_at
            .map(|at| format!("before {}", at.to_seconds())),
    );
    if what.is_empty() {
        what.push("everything".to_owned());
    }
    let since = format!(
        "placed {} by {}",
        hold.placed_at.to_seconds(),
        hold.placed_by
    );
    let until = match (&hold.lifted_at, &hold.lifted_by) {
        (Some(at), Some(by)) => format!(", lifted {} by {by}", at.to_seconds()),
        _ => String::new(),
    };
    format!(
        "{}\t{}\t{since}{until}\t{}",
        hold.id,
        what.join(", "),
        hold.reason
    )
}
