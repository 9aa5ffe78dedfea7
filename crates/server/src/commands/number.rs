//! `faxgate number`

use anyhow::Context as _;
use clap::{Args, Subcommand};
use faxgate_config::Settings;
use faxgate_core::{
    App, Asker, ImportRequest, NumberChange, NumberSearch, NumbersOf, Once, OrderRequest,
    OwnNumber, PlacedOrder, Released, WhichNumbers,
};

use super::beside::app;

/// Lines of a list in one go.
const PAGE: u32 = 500;

/// `faxgate number`.
#[derive(Debug, Subcommand)]
pub enum NumberCommand {
    /// Search numbers that can be ordered from the carrier.
    Search(Search),
    /// Order numbers from the carrier for a tenant. The running gateway places the order and follows it.
    Order {
        /// The numbers, with + and country code.
        #[arg(required = true)]
        numbers: Vec<String>,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// List orders, newest first.
    Orders {
        /// Only those of the tenant with this slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// List numbers.
    List {
        /// Only those of the tenant with this slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// What the account at the carrier has instead, with whose it is here.
        #[arg(long, conflicts_with = "tenant")]
        carrier: bool,
    },
    /// Show a number.
    Show {
        /// The number, with + and country code, or its id.
        number: String,
    },
    /// Set how faxes from a number present themselves, which lines they take, and whose it is. An empty text takes away.
    Set(Box<Set>),
    /// Take over numbers that the account at the carrier has already: attach them and give them to a tenant.
    Import {
        /// The numbers, with + and country code.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        numbers: Vec<String>,
        /// All that nobody has here.
        #[arg(long)]
        all: bool,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Give a number back to its carrier. The running gateway tells it.
    Release {
        /// The number, with + and country code, or its id.
        number: String,
        /// Only take it from its tenant; it stays in the account.
        #[arg(long)]
        keep_at_carrier: bool,
    },
    /// Attach a number to the fax application at the carrier once more.
    Attach {
        /// The number, with + and country code, or its id.
        number: String,
    },
}

/// `faxgate number search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Two letters.
    #[arg(long, value_name = "CC", default_value = "US")]
    country: String,
    /// The digits after the country code.
    #[arg(long, value_name = "DIGITS")]
    area_code: Option<String>,
    /// A town.
    #[arg(long)]
    locality: Option<String>,
    /// A state or province.
    #[arg(long, value_name = "STATE")]
    administrative_area: Option<String>,
    /// local, toll_free, mobile, national or shared_cost.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Digits that are somewhere in it.
    #[arg(long, value_name = "DIGITS")]
    contains: Option<String>,
    /// What it has to be able to do besides fax, separated by commas: voice, sms.
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=250))]
    limit: u32,
}

/// `faxgate number set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The number, with + and country code, or its id.
    number: String,
    /// The name that a call shows beside the number.
    #[arg(long, value_name = "NAME")]
    caller_name: Option<String>,
    /// What stands in the header line in place of the tenant's name.
    #[arg(long, value_name = "TEXT")]
    header_text: Option<String>,
    /// The clock of the header line, such as America/Chicago.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Lines for faxes from it, best first, separated by commas.
    #[arg(long, value_name = "LINES")]
    route: Option<String>,
    /// Whether it counts when a fax names no sender.
    #[arg(long, value_name = "true|false")]
    default: Option<bool>,
    /// The slug of the tenant that gets it, without these settings.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
}

pub(super) async fn run(settings: &Settings, command: NumberCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        NumberCommand::Search(search) => find(&app, search).await,
        NumberCommand::Order { numbers, tenant } => {
            let request = OrderRequest {
                numbers,
                tenant: Some(tenant),
                once: Once::default(),
            };
            print_order(&app.order_numbers(&Asker::Console, request).await?);
            Ok(())
        }
        NumberCommand::Orders { tenant } => {
            let page = app.orders(&Asker::Console, &of(tenant), PAGE, 0).await?;
            page.results.iter().for_each(print_order);
            Ok(())
        }
        NumberCommand::List { carrier: true, .. } => list_account(&app).await,
        NumberCommand::List { tenant, .. } => list(&app, &of(tenant)).await,
        NumberCommand::Show { number } => {
            show(&app.number(&Asker::Console, &number).await?);
            Ok(())
        }
        NumberCommand::Set(set) => change(&app, *set).await,
        NumberCommand::Import {
            numbers,
            all,
            tenant,
        } => {
            let request = ImportRequest {
                numbers: match all {
                    true => WhichNumbers::All,
                    false => WhichNumbers::These(numbers),
                },
                tenant: Some(tenant),
                once: Once::default(),
            };
            let imported = app.import_numbers(&Asker::Console, request).await?;
            imported.numbers.iter().for_each(print);
            for number in imported.skipped {
                println!("{number}\tanother tenant's");
            }
            Ok(())
        }
        NumberCommand::Release {
            number,
            keep_at_carrier,
        } => {
            let released = app
                .release_number(&Asker::Console, &number, keep_at_carrier)
                .await?;
            match released {
                Released::Gone(own) => println!("{}\treleased", own.did.number),
                Released::Releasing(own) => println!("{}\treleasing", own.did.number),
            }
            Ok(())
        }
        NumberCommand::Attach { number } => {
            show(&app.attach_number(&Asker::Console, &number).await?);
            Ok(())
        }
    }
}

fn of(tenant: Option<String>) -> NumbersOf {
    tenant.map_or(NumbersOf::Everybody, NumbersOf::Tenant)
}

async fn find(app: &App, search: Search) -> anyhow::Result<()> {
    let wanted = NumberSearch {
        country: Some(search.country.to_ascii_uppercase()),
        area_code: search.area_code,
        locality: search.locality,
        administrative_area: search.administrative_area,
        kind: search.kind,
        contains: search.contains,
        features: search.features,
        limit: search.limit,
        ..NumberSearch::default()
    };
    for found in app.available_numbers(&Asker::Console, wanted).await? {
        let cost = found.monthly_cost.unwrap_or_default();
        let currency = found.currency.unwrap_or_default();
        println!(
            "{}\t{}\t{}\t{cost} {currency} a month",
            found.number,
            found.region.join(", "),
            found.features.join(","),
        );
    }
    Ok(())
}

async fn list(app: &App, of: &NumbersOf) -> anyhow::Result<()> {
    let mut shown = 0;
    loop {
        let page = app.numbers(&Asker::Console, of, PAGE, shown).await?;
        page.results.iter().for_each(print);
        shown += page.results.len() as u64;
        if page.results.is_empty() || shown >= page.total {
            return Ok(());
        }
    }
}

async fn list_account(app: &App) -> anyhow::Result<()> {
    for page in 1.. {
        let found = app.account_numbers(&Asker::Console, page).await?;
        for entry in found.numbers {
            let attached = if entry.attached { "attached" } else { "-" };
            let tenant = entry.own.map_or("-".to_owned(), |(_, tenant)| tenant);
            println!("{}\t{tenant}\t{attached}", entry.number.number);
        }
        if !found.more {
            break;
        }
    }
    Ok(())
}

async fn change(app: &App, set: Set) -> anyhow::Result<()> {
    let choice = |text: Option<String>| text.map(|text| Some(text).filter(|text| !text.is_empty()));
    let time_zone = match choice(set.time_zone) {
        Some(Some(zone)) => Some(Some(zone.parse().context("--time-zone")?)),
        Some(None) => Some(None),
        None => None,
    };
    let lanes = |route: String| {
        route
            .split(',')
            .map(|lane| lane.trim().to_owned())
            .collect()
    };
    let change = NumberChange {
        caller_name: choice(set.caller_name),
        header_text: choice(set.header_text),
        time_zone,
        route: choice(set.route).map(|route| route.map(lanes)),
        is_default: set.default,
        confirmed: None,
        tenant: set.tenant,
    };
    let changed = app
        .change_number(&Asker::Console, &set.number, change)
        .await?;
    show(&changed);
    Ok(())
}

fn print(own: &OwnNumber) {
    let did = &own.did;
    let carrier = did.carrier.as_deref().unwrap_or("-");
    let default = if did.is_default { "default" } else { "-" };
    let (number, tenant, state) = (&did.number, &own.tenant, did.state);
    println!("{number}\t{tenant}\t{carrier}\t{state}\t{default}");
}

fn show(own: &OwnNumber) {
    let did = &own.did;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let zone = did.time_zone.map(|zone| zone.to_string());
    let route = did
        .route
        .as_ref()
        .map(|route| route.lanes().collect::<Vec<_>>().join(","));
    for (name, value) in [
        ("number", did.number.to_string()),
        ("id", did.id.to_string()),
        ("tenant", own.tenant.clone()),
        ("state", did.state.to_string()),
        ("carrier", text(&did.carrier)),
        ("application", text(&did.connection_id)),
        ("caller name", text(&did.caller_name)),
        ("header text", text(&did.header_text)),
        ("time zone", text(&zone)),
        ("route", text(&route)),
        ("default", did.is_default.to_string()),
    ] {
        println!("{name}\t{value}");
    }
}

fn print_order(placed: &PlacedOrder) {
    let order = &placed.order;
    let error = order.error.as_deref().unwrap_or("-");
    let (id, tenant, state, numbers) = (order.id, &placed.tenant, order.state, &order.numbers);
    println!("{id}\t{tenant}\t{state}\t{numbers}\t{error}");
}
