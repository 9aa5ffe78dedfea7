//! `faxgate price`

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use faxgate_config::{Money, Settings};
use faxgate_core::{Amount, Asker, PriceList, PricesOf};

use super::beside::app;

/// `faxgate price`.
#[derive(Debug, Subcommand)]
pub enum PriceCommand {
    /// Show what a tenant is charged.
    Show {
        /// The tenant's slug.
        slug: String,
    },
    /// Give a tenant prices of its own, for calls that are begun from now on. What is not given stays as it is for the tenant.
    Set(Box<Set>),
    /// Take a tenant's own prices away: those of the settings hold.
    Reset {
        /// The tenant's slug.
        slug: String,
    },
}

/// `faxgate price set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The tenant's slug.
    slug: String,
    /// A page that the far end confirms, such as 0.05.
    #[arg(long, value_name = "AMOUNT")]
    per_page: Option<Money>,
    /// A page to numbers that begin with these digits, country code first: 44=0.08. May be given several times.
    #[arg(long, value_name = "DIGITS=AMOUNT", value_parser = by_prefix)]
    per_page_to: Vec<(String, u64)>,
    /// A minute on the line, charged by the second.
    #[arg(long, value_name = "AMOUNT")]
    per_minute: Option<Money>,
    /// A minute to numbers that begin with these digits. May be given several times.
    #[arg(long, value_name = "DIGITS=AMOUNT", value_parser = by_prefix)]
    per_minute_to: Vec<(String, u64)>,
    /// A call that comes about, whatever becomes of it.
    #[arg(long, value_name = "AMOUNT")]
    per_attempt: Option<Money>,
    /// A page that comes in.
    #[arg(long, value_name = "AMOUNT")]
    per_page_received: Option<Money>,
}

pub(super) async fn run(settings: &Settings, command: PriceCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let asker = Asker::Console;
    let prices = match command {
        PriceCommand::Show { slug } => app.prices(&asker, Some(&slug)).await?,
        PriceCommand::Set(set) => {
            let before = app.prices(&asker, Some(&set.slug)).await?;
            let slug = set.slug.clone();
            let list = set.change(before.list);
            app.set_prices(&asker, Some(&slug), Some(list)).await?
        }
        PriceCommand::Reset { slug } => app.set_prices(&asker, Some(&slug), None).await?,
    };
    show(&prices);
    Ok(())
}

impl Set {
    fn change(self, mut list: PriceList) -> PriceList {
        for (price, into) in [
            (self.per_page, &mut list.per_page),
            (self.per_minute, &mut list.per_minute),
            (self.per_attempt, &mut list.per_attempt),
            (self.per_page_received, &mut list.per_page_received),
        ] {
            if let Some(price) = price {
                *into = price.millionths();
            }
        }
        list.per_page_by_prefix.extend(self.per_page_to);
        list.per_minute_by_prefix.extend(self.per_minute_to);
        list
    }
}

fn show(prices: &PricesOf) {
    let (list, currency) = (&prices.list, &prices.currency);
    println!(
        "prices\t{}",
        if prices.is_own {
            "its own"
        } else {
            "the gateway's"
        }
    );
    let line = |name: &str, price: u64| println!("{name}\t{} {currency}", Amount::from(price));
    let lines = |name: &str, prices: &BTreeMap<String, u64>| {
        for (prefix, price) in prices {
            line(&format!("{name} to +{prefix}…"), *price);
        }
    };
    line("a page", list.per_page);
    lines("a page", &list.per_page_by_prefix);
    line("a minute", list.per_minute);
    lines("a minute", &list.per_minute_by_prefix);
    line("a call", list.per_attempt);
    line("a page received", list.per_page_received);
}

fn by_prefix(text: &str) -> Result<(String, u64), String> {
    let wrong = || format!("{text:?} is not digits and an amount such as 44=0.08");
    let (digits, price) = text.split_once('=').ok_or_else(wrong)?;
    let digits = digits.trim_start_matches('+');
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok((digits.to_owned(), price.parse::<Money>()?.millionths()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_by_prefix_are_read() {
        assert_eq!(by_prefix("+44=0.08"), Ok(("44".to_owned(), 80_000)));
        for wrong in ["44", "=1", "4x=1", "44=x", "44=-1"] {
            assert!(by_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
