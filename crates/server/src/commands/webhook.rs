//! `faxgate webhook`

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use faxgate_config::Settings;
use faxgate_core::{
    App, Asker, DeliveryQuery, ListedDelivery, NewWebhook, Once, Replay, Reservation, Webhook,
    WebhookChange,
};
use faxgate_types::{DeliveryState, Timestamp, WebhookId};

use super::beside::app;

/// Lines of a list in one go.
const PAGE: u32 = 500;

/// `faxgate webhook`.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// List a tenant's endpoints: id, state, types of events, address.
    List {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Add an endpoint; prints its id and its secret.
    Create {
        /// Where events are sent.
        url: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Types of events, separated by commas: fax.sent, fax.*, *.
        #[arg(long, value_name = "TYPES", default_value = "*", value_delimiter = ',')]
        events: Vec<String>,
        /// A note.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List what was sent to an endpoint, or waits to be, newest first.
    Deliveries {
        /// The endpoint's id.
        webhook: WebhookId,
        /// Only those that are pending, sending, delivered or failed.
        #[arg(long, value_name = "STATUS")]
        status: Option<DeliveryState>,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Send events again: one delivery, or those of a time, also such as the endpoint never got.
    Replay(ReplayArgs),
    /// Send a webhook.test event now, and tell how that went.
    Test {
        /// The endpoint's id.
        webhook: WebhookId,
    },
    /// Send events to an endpoint (again), what waits for it first.
    Enable {
        /// The endpoint's id.
        webhook: WebhookId,
    },
    /// Send an endpoint nothing more; what waits for it waits on.
    Disable {
        /// The endpoint's id.
        webhook: WebhookId,
    },
}

/// `faxgate webhook replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The endpoint's id.
    webhook: WebhookId,
    /// One delivery, by its id.
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "since",
        conflicts_with = "since"
    )]
    delivery: Option<faxgate_types::DeliveryId>,
    /// Events that happened then or later, such as 2026-01-15T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Events that happened before then; until now if not given.
    #[arg(long, value_name = "TIME", requires = "since")]
    until: Option<String>,
    /// Types of events, separated by commas; those that the endpoint wants if not given.
    #[arg(long, value_name = "TYPES", value_delimiter = ',', requires = "since")]
    events: Option<Vec<String>>,
}

pub(super) async fn run(settings: &Settings, command: WebhookCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let console = Asker::Console;
    match command {
        WebhookCommand::List { tenant } => {
            let page = app.webhooks(&console, Some(&tenant), PAGE, 0).await?;
            page.results.iter().for_each(print);
        }
        WebhookCommand::Create {
            url,
            tenant,
            events,
            description,
        } => {
            let new = NewWebhook {
                tenant: Some(tenant),
                url,
                description,
                event_types: events,
                is_active: true,
                secret: None,
            };
            let made = app.create_webhook(&console, new, Once::default()).await?;
            println!("{}\t{}", made.webhook.id, made.secret.expose());
        }
        WebhookCommand::Deliveries {
            webhook,
            status,
            limit,
        } => {
            let query = DeliveryQuery {
                state: status,
                limit,
                ..DeliveryQuery::default()
            };
            let page = app.webhook_deliveries(&console, webhook, query).await?;
            page.results.iter().for_each(print_delivery);
        }
        WebhookCommand::Replay(replay) => send_again(&app, replay).await?,
        WebhookCommand::Test { webhook } => {
            let tried = app.test_webhook(&console, webhook).await?;
            let status = tried.attempt.status.map(|status| status.to_string());
            let error = tried.attempt.error.unwrap_or_default();
            let status = status.unwrap_or_else(|| "no answer".to_owned());
            println!("{}\t{}\t{status}\t{error}", tried.event_id, tried.state);
            if tried.state != DeliveryState::Delivered {
                bail!("the endpoint did not take the test");
            }
        }
        WebhookCommand::Enable { webhook } => switch(&app, webhook, true).await?,
        WebhookCommand::Disable { webhook } => switch(&app, webhook, false).await?,
    }
    Ok(())
}

async fn switch(app: &App, webhook: WebhookId, is_active: bool) -> anyhow::Result<()> {
    let change = WebhookChange {
        is_active: Some(is_active),
        ..WebhookChange::default()
    };
    print(&app.change_webhook(&Asker::Console, webhook, change).await?);
    Ok(())
}

async fn send_again(app: &App, replay: ReplayArgs) -> anyhow::Result<()> {
    let (console, id) = (Asker::Console, replay.webhook);
    if let Some(delivery) = replay.delivery {
        app.replay_webhook_delivery(&console, id, delivery, &Reservation::default())
            .await?;
        println!("{delivery}\tpending");
        return Ok(());
    }
    let time = |text: &str| {
        Timestamp::parse(text).with_context(|| format!("`{text}` is no time: 2026-01-15T12:00:00Z"))
    };
    let mut since = Some(time(replay.since.as_deref().unwrap_or_default())?);
    let until = replay.until.as_deref().map(time).transpose()?;
    let mut events = 0_u64;
    while let Some(from) = since {
        let part = Replay {
            since: from,
            until,
            event_types: replay.events.clone(),
        };
        let replayed = app
            .replay_webhook(&console, id, part, Once::default())
            .await?;
        events += u64::from(replayed.events);
        // A part that came no further than it began would come no further for ever.
        since = replayed.next.filter(|next| *next > from);
    }
    println!("{events}\tevents");
    Ok(())
}

fn print(webhook: &Webhook) {
    let state = match (&webhook.disabled, webhook.is_active) {
        (Some((at, reason)), false) => format!("disabled {}: {reason}", at.to_seconds()),
        (None, false) => "disabled".to_owned(),
        (_, true) => match webhook.failing_since {
            Some(since) => format!("failing since {}", since.to_seconds()),
            None => "active".to_owned(),
        },
    };
    let (id, types, url) = (webhook.id, &webhook.event_types, &webhook.url);
    println!("{id}\t{state}\t{types}\t{url}");
}

fn print_delivery(delivery: &ListedDelivery) {
    let status = delivery.last_status.map(|status| status.to_string());
    println!(
        "{}\t{}\t{}\t{}\t{}\t{} tries\t{}",
        delivery.id,
        delivery.created_at.to_seconds(),
        delivery.event_type,
        delivery.event_id,
        delivery.state,
        delivery.fence,
        status.as_deref().unwrap_or("-"),
    );
}
