//! `faxgate mail`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{App, Asker, MailChange, MailChoices, MailView, Once, SenderView};
use faxgate_types::{E164, EmailAddress, MailId, MailState, Timestamp};
use serde_json::{Value, json};

use super::beside::app;

/// Lines of a list in one go.
const PAGE: u32 = 500;

/// `faxgate mail`.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Show a tenant's mail settings, as JSON.
    Show {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Set a tenant's mail from a file of JSON, as `faxgate mail show` prints it. What it leaves out gets its default.
    Set {
        /// The file; - reads standard input.
        file: PathBuf,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Mail to fax has to bring a token. One is made the first time, and printed.
        #[arg(long)]
        token: bool,
        /// Make another token.
        #[arg(long, requires = "token")]
        renew_token: bool,
    },
    /// Send a test message to somebody. The running gateway sends it; `faxgate mail outbox` tells what became of it.
    Test {
        /// To whom.
        to: EmailAddress,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// List a tenant's messages, newest first: id, state, tries, kind, to whom, what the mail server said.
    Outbox {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Only those that are waiting, sending, sent or failed.
        #[arg(long, value_name = "STATE")]
        state: Option<MailState>,
    },
    /// Try a message again, now; or all that were given up since a time, 1,000 at most.
    Retry {
        /// Its id.
        #[arg(required_unless_present = "failed_since")]
        message: Option<MailId>,
        /// All that were given up then or later, as 2026-01-15T12:00:00Z.
        #[arg(long, value_name = "TIME", conflicts_with = "message")]
        failed_since: Option<String>,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Say which domains are a tenant's: from there, mail to fax need not name the tenant.
    #[command(subcommand)]
    Domain(DomainCommand),
    /// List the mail that came in for a tenant to be faxed, newest first: state, from, to, subject, faxes or why not.
    Intake {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
}

/// `faxgate mail domain`.
#[derive(Debug, Subcommand)]
pub enum DomainCommand {
    /// Confirm that a domain is a tenant's. Make sure of it first: whoever writes from there, and may, sends as that tenant.
    Add {
        /// The domain.
        domain: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Take a domain from a tenant.
    Remove {
        /// The domain.
        domain: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// List a tenant's domains.
    List {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
}

pub(super) async fn run(settings: &Settings, command: MailCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    let asker = Asker::Console;
    match command {
        MailCommand::Show { tenant } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            show(&app.mail_settings(&asker, &tenant).await?)
        }
        MailCommand::Set {
            file,
            tenant,
            token,
            renew_token,
        } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            let change = read(&file, token, renew_token)?;
            show(&app.set_mail(&asker, &tenant, change).await?)
        }
        MailCommand::Test { to, tenant } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            let id = app.test_mail(&asker, &tenant, to, Once::default()).await?;
            println!("{id}");
            Ok(())
        }
        MailCommand::Outbox { tenant, state } => outbox(&app, &tenant, state).await,
        MailCommand::Retry {
            message,
            failed_since,
            tenant,
        } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            if let Some(message) = message {
                app.retry_mail(&asker, &tenant, message).await?;
            }
            if let Some(since) = failed_since {
                let since = Timestamp::parse(&since)
                    .with_context(|| format!("{since} is no time such as 2026-01-15T12:00:00Z"))?;
                let retried = app.retry_failed_mail(&asker, &tenant, since).await?;
                println!("{retried}");
            }
            Ok(())
        }
        MailCommand::Domain(command) => domain(&app, command).await,
        MailCommand::Intake { tenant } => intake(&app, &tenant).await,
    }
}

async fn domain(app: &App, command: DomainCommand) -> anyhow::Result<()> {
    match command {
        DomainCommand::Add { domain, tenant } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            app.confirm_mail_domain(&tenant, &domain).await?;
        }
        DomainCommand::Remove { domain, tenant } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            app.withdraw_mail_domain(&tenant, &domain).await?;
        }
        DomainCommand::List { tenant } => {
            let tenant = app.tenant_by_slug(&tenant).await?;
            let view = app.mail_settings(&Asker::Console, &tenant).await?;
            for domain in view.domains {
                println!("{domain}");
            }
        }
    }
    Ok(())
}

fn show(view: &MailView) -> anyhow::Result<()> {
    let choices = serde_json::to_value(&view.choices)?;
    let sender = |sender: &SenderView| {
        let number = sender.number.as_ref().map(ToString::to_string);
        json!({"from": sender.from, "user": sender.username, "number": number})
    };
    let senders: Vec<Value> = view.senders.iter().map(sender).collect();
    let shown = json!({
        "branding": choices["branding"],
        "results": choices["results"],
        "inbound": choices["inbound"],
        "alerts": choices["alerts"],
        "intake": choices["intake"],
        "senders": senders,
    });
    println!("{}", serde_json::to_string_pretty(&shown)?);
    if !view.sends {
        eprintln!("note: this gateway sends no mail (mail.smtp_host is not set)");
    }
    if view.has_token {
        eprintln!("mail to fax has to bring the tenant's token");
    }
    if let Some(token) = &view.new_token {
        eprintln!("the token, shown once: {token}");
    }
    Ok(())
}

fn read(
    file: &std::path::Path,
    needs_token: bool,
    renew_token: bool,
) -> anyhow::Result<MailChange> {
    let text = match file.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin())?,
        _ => std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?,
    };
    let mut value: Value = serde_json::from_str(&text).context("that is no JSON")?;
    let senders = value
        .as_object_mut()
        .and_then(|object| object.remove("senders"))
        .unwrap_or_else(|| json!([]));
    let choices: MailChoices = serde_json::from_value(value).context("the settings are wrong")?;
    let sender = |sender: &Value| -> anyhow::Result<SenderView> {
        let text = |name: &str| sender[name].as_str().map(str::to_owned);
        let number = text("number").map(|number| number.parse::<E164>());
        Ok(SenderView {
            from: text("from").context("a sender has no `from`")?,
            username: text("user").context("a sender has no `user`")?,
            number: number.transpose().context("a sender's number is wrong")?,
        })
    };
    let list = senders.as_array().context("`senders` is no list")?;
    Ok(MailChange {
        choices,
        senders: list.iter().map(sender).collect::<anyhow::Result<_>>()?,
        needs_token,
        renew_token,
    })
}

async fn outbox(app: &App, tenant: &str, state: Option<MailState>) -> anyhow::Result<()> {
    let tenant = app.tenant_by_slug(tenant).await?;
    let page = app
        .mail_outbox(&Asker::Console, &tenant, state, PAGE, 0)
        .await?;
    for message in page.results {
        println!(
            "{}  {:<8}  {:>2}  {:<15}  {}  {}",
            message.id,
            message.state.as_str(),
            message.tries,
            message.kind,
            message.recipient,
            message.answer.unwrap_or_default()
        );
    }
    Ok(())
}

async fn intake(app: &App, tenant: &str) -> anyhow::Result<()> {
    let tenant = app.tenant_by_slug(tenant).await?;
    let page = app.mail_intake(&Asker::Console, &tenant, PAGE, 0).await?;
    for entry in page.results {
        let faxes: Vec<String> = entry.faxes.iter().map(ToString::to_string).collect();
        println!(
            "{:<8}  {}  {}  {:?}  {}{}",
            entry.message.state.as_str(),
            entry.message.sender,
            entry.message.recipients,
            entry.message.subject,
            faxes.join(" "),
            entry.message.error.unwrap_or_default()
        );
    }
    Ok(())
}
