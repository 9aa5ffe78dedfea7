//! `faxgate tenant keep`

use clap::Args;
use faxgate_core::{App, Asker};
use faxgate_types::KeepChoice;

/// How long a tenant keeps things. What is not given stays; `default` is as the gateway has it.
#[derive(Debug, Args)]
pub struct Keeping {
    /// Its slug.
    slug: String,
    /// Documents of faxes that were sent, in days; 0 keeps them for ever.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    sent: Option<Days>,
    /// Those of faxes that failed or were canceled.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    failed: Option<Days>,
    /// Those of faxes that came in.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    received: Option<Days>,
    /// Uploads that were never sent.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    unsent: Option<Days>,
}

/// Days of its own, or none.
#[derive(Clone, Copy, Debug)]
struct Days(Option<u32>);

fn days(text: &str) -> Result<Days, String> {
    match text {
        "default" => Ok(Days(None)),
        days => days
            .parse()
            .map(|days| Days(Some(days)))
            .map_err(|_| "a number of days, 0 for ever, or `default`".to_owned()),
    }
}

pub(super) async fn keep(app: &App, keeping: Keeping) -> anyhow::Result<()> {
    let asker = Asker::Console;
    let (own, mut holds) = app.retention(&asker, &keeping.slug).await?;
    let choose = |choice: Option<Days>, own| choice.map_or(own, |Days(days)| days);
    let new = KeepChoice {
        sent_days: choose(keeping.sent, own.sent_days),
        failed_days: choose(keeping.failed, own.failed_days),
        received_days: choose(keeping.received, own.received_days),
        unsent_days: choose(keeping.unsent, own.unsent_days),
    };
    if new != own {
        holds = app.change_retention(&asker, &keeping.slug, new).await?;
    }
    for (what, days) in [
        ("sent", holds.sent),
        ("failed", holds.failed),
        ("received", holds.received),
        ("unsent", holds.unsent),
    ] {
        match days {
            0 => println!("{what}\tfor ever"),
            days => println!("{what}\t{days} days"),
        }
    }
    Ok(())
}
