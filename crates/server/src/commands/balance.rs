//! `faxgate balance`

use clap::{Subcommand, ValueEnum};
use faxgate_config::Settings;
use faxgate_core::{Amount, Asker, BalanceView, Once, Prepaid, TopUp};

use super::beside::app;

/// `faxgate balance`.
#[derive(Debug, Subcommand)]
pub enum BalanceCommand {
    /// Show a tenant's balance and its latest changes.
    Show {
        /// The tenant's slug.
        slug: String,
        /// So many changes, latest first.
        #[arg(long, value_name = "N", default_value_t = 20)]
        entries: u32,
    },
    /// Add money, once for each reference; faxes that wait for it go out.
    TopUp {
        /// The tenant's slug.
        slug: String,
        /// How much, in the currency of the settings, such as 25.00; below zero takes away.
        #[arg(allow_negative_numbers = true)]
        amount: Amount,
        /// What the money is called, such as the number of an invoice: the same again changes nothing.
        #[arg(long)]
        reference: String,
        /// For people.
        #[arg(long)]
        note: Option<String>,
    },
    /// Say whether a tenant's calls are paid from its balance from now on.
    Prepaid {
        /// The tenant's slug.
        slug: String,
        /// on or off.
        #[arg(value_enum)]
        state: OnOff,
        /// Tell the tenant, once, when less than this is left.
        #[arg(long, value_name = "AMOUNT")]
        low_mark: Option<Amount>,
    },
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// Calls need money.
    On,
    /// They do not.
    Off,
}

pub(super) async fn run(settings: &Settings, command: BalanceCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let asker = Asker::Console;
    match command {
        BalanceCommand::Show { slug, entries } => {
            show(&slug, &app.balance(&asker, Some(&slug)).await?);
            let page = app
                .balance_entries(&asker, Some(&slug), entries.clamp(1, 500), 0)
                .await?;
            for entry in page.results {
                let about = [
                    entry.reference,
                    entry.fax.map(|fax| format!("fax {fax}")),
                    entry.note,
                ];
                let about: Vec<_> = about.into_iter().flatten().collect();
                println!(
                    "{}\t{}\t{}\tamount {}\theld {}\tbalance {}\theld {}\t{}",
                    entry.seq,
                    entry.at.to_seconds(),
                    entry.kind,
                    entry.amount,
                    entry.held,
                    entry.balance_after,
                    entry.held_after,
                    about.join(", ")
                );
            }
        }
        BalanceCommand::TopUp {
            slug,
            amount,
            reference,
            note,
        } => {
            let top_up = TopUp {
                amount,
                reference: Some(reference),
                note,
            };
            let done = app.top_up(&asker, Some(&slug), top_up, Once::default());
            let done = done.await?;
            if !done.is_new {
                println!("{slug}\tthis reference is there already: nothing changed");
            }
            show(&slug, &done.balance);
        }
        BalanceCommand::Prepaid {
            slug,
            state,
            low_mark,
        } => {
            let prepaid = Prepaid {
                on: state == OnOff::On,
                low_mark: low_mark.map(Some),
            };
            show(&slug, &app.set_prepaid(&asker, Some(&slug), prepaid).await?);
        }
    }
    Ok(())
}

fn show(slug: &str, left: &BalanceView) {
    let prepaid = if left.prepaid {
        "prepaid"
    } else {
        "not prepaid"
    };
    let mark = left.low_mark.map_or_else(
        || "told at no mark".to_owned(),
        |mark| format!("told below {mark}"),
    );
    println!(
        "{slug}\t{prepaid}\tbalance {}\theld {}\tavailable {} {}\t{mark}",
        left.balance, left.held, left.available, left.currency
    );
}
