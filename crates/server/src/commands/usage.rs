//! `faxgate usage`

use anyhow::Context as _;
use clap::Args;
use faxgate_config::Settings;
use faxgate_core::{Amount, Asker, Usage as Used};

use super::beside::app;

/// `faxgate usage`.
#[derive(Debug, Args)]
pub struct Usage {
    /// Only this tenant's; every tenant's if not given.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// The first day, YYYY-MM-DD on the tenant's calendar; the 31 days up to the last if not given.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; today if not given.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// As CSV, for spreadsheets: a line for each day and tenant.
    #[arg(long)]
    csv: bool,
}

/// Prints what tenants used, a line for each day, and the sum.
pub(super) async fn run(settings: &Settings, asked: Usage) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let tenants = match asked.tenant {
        Some(slug) => vec![slug],
        None => {
            let all = app.tenants().await?;
            all.into_iter().map(|tenant| tenant.slug).collect()
        }
    };
    let (from, to) = (asked.from.as_deref(), asked.to.as_deref());
    for (position, slug) in tenants.iter().enumerate() {
        let report = app
            .usage_report(&Asker::Console, Some(slug), from, to)
            .await?;
        if asked.csv {
            let csv = report.csv()?;
            let names = csv.find("\r\n").context("a CSV has a line of names")?;
            // One line of names for all tenants.
            print!(
                "{}",
                if position == 0 {
                    &csv
                } else {
                    &csv[names + 2..]
                }
            );
            continue;
        }
        for day in &report.days {
            line(slug, &day.day, &day.used, &report.currency);
        }
        let all = format!("{} to {}", report.from, report.to);
        line(slug, &all, &report.total, &report.currency);
    }
    Ok(())
}

fn line(slug: &str, when: &str, used: &Used, currency: &str) {
    println!(
        "{slug}\t{when}\tcalls {}\tseconds {}\tsent {} ({} pages)\tfailed {}\treceived {} ({} pages)\ton-net {} ({} pages)\tcost {} {currency}\tprice {} {currency}",
        used.attempts,
        used.line_seconds,
        used.faxes_sent,
        used.pages_sent,
        used.faxes_failed,
        used.faxes_received,
        used.pages_received,
        used.faxes_on_net,
        used.pages_on_net,
        Amount::from(used.cost),
        Amount::from(used.price),
    );
}
