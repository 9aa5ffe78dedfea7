//! `faxgate held`

use clap::{Subcommand, ValueEnum};
use faxgate_config::Settings;
use faxgate_core::Release;
use faxgate_types::FaxId;

use super::beside::{app, who};

/// `faxgate held`.
#[derive(Debug, Subcommand)]
pub enum HeldCommand {
    /// List recipients of whom nobody knows whether they have the fax: tenant, fax, recipient, pages confirmed, since
    /// when, why.
    List {
        /// Only this tenant's.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// Send it again, from the first page that was not confirmed. What had arrived after all arrives twice.
    Resend {
        /// The fax's uuid.
        fax: FaxId,
        /// Only to this recipient; to all that are held if not given.
        #[arg(long, value_name = "NUMBER")]
        recipient: Option<String>,
        /// Every page, those that were confirmed as well.
        #[arg(long)]
        all_pages: bool,
        /// Who decided, for the timeline; the name of whoever runs this if not given.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// End it without a call, once the recipient has told whether the fax arrived.
    Close {
        /// The fax's uuid.
        fax: FaxId,
        /// Only this recipient; all that are held if not given.
        #[arg(long, value_name = "NUMBER")]
        recipient: Option<String>,
        /// What became of it.
        #[arg(long = "as", value_name = "OUTCOME")]
        outcome: Closed,
        /// Who decided, for the timeline; the name of whoever runs this if not given.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

/// What became of a fax that was held.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Closed {
    /// It arrived.
    Sent,
    /// It did not, and is given up.
    Failed,
}

pub(super) async fn run(settings: &Settings, command: HeldCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let (fax, recipient, what, by) = match command {
        HeldCommand::List { tenant } => {
            for held in app.held(tenant.as_deref()).await? {
                println!(
                    "{}\t{}\t{}\t{} of {} pages confirmed\tsince {}\t{}",
                    held.tenant,
                    held.fax,
                    held.recipient,
                    held.confirmed,
                    held.pages,
                    held.since.to_seconds(),
                    held.reason.unwrap_or_default()
                );
            }
            return Ok(());
        }
        HeldCommand::Resend {
            fax,
            recipient,
            all_pages: true,
            by,
        } => (fax, recipient, Release::ResendAll, by),
        HeldCommand::Resend {
            fax, recipient, by, ..
        } => (fax, recipient, Release::ResendUnconfirmed, by),
        HeldCommand::Close {
            fax,
            recipient,
            outcome: Closed::Sent,
            by,
        } => (fax, recipient, Release::CloseSent, by),
        HeldCommand::Close {
            fax, recipient, by, ..
        } => (fax, recipient, Release::CloseFailed, by),
    };
    let done = match what {
        Release::ResendAll | Release::ResendUnconfirmed => "back in the queue",
        Release::CloseSent => "closed as sent",
        Release::CloseFailed => "closed as failed",
    };
    let by = by.unwrap_or_else(who);
    for recipient in app
        .release_held(fax, recipient.as_deref(), what, &by)
        .await?
    {
        println!("{fax}\t{recipient}\t{done}");
    }
    Ok(())
}
