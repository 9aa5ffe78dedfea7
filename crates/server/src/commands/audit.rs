//! `faxgate audit`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{Anchor, App, AuditEntry, AuditFilter, AuditReport, Sealed, audit_line};

use super::beside::app;

/// More than any anchor is.
const MOST_ANCHOR: u64 = 256 * 1024 * 1024;

/// `faxgate audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Prove that nothing in the audit log was changed, removed, moved, put in or cut off; 1 when something was.
    Verify {
        /// Only the log of this tenant; `gateway` is the gateway's own.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// A file that `faxgate audit anchor` wrote: also prove that what was there then is there still.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
    /// Print where every log ends, to be kept where whoever can write to the database cannot.
    Anchor,
    /// List what was done, newest first.
    List {
        /// Whose log; `gateway` is the gateway's own.
        #[arg(long, value_name = "SLUG", default_value = "gateway")]
        tenant: String,
        /// Only what was done with this: an id, a number, a name.
        #[arg(long, value_name = "OBJECT")]
        object: Option<String>,
        /// Only this action, such as number.added, or, with a dot at the end, all that begin so.
        #[arg(long, value_name = "ACTION")]
        action: Option<String>,
        /// Only what this user did, by name or id.
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Print a whole log in order, one JSON object a line, with all that goes into the hashes.
    Export {
        /// Whose log; `gateway` is the gateway's own.
        #[arg(long, value_name = "SLUG", default_value = "gateway")]
        tenant: String,
    },
    /// Seal logs that bear no seal, or that of another server.secret, once you have looked them over.
    Seal,
}

pub(super) async fn run(settings: &Settings, command: AuditCommand) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        AuditCommand::Verify { tenant, anchor } => {
            let anchor = anchor.as_deref().map(read).transpose()?;
            let reports = app.verify_audit(tenant.as_deref(), anchor.as_ref()).await?;
            for report in &reports {
                println!("{}", told(report));
            }
            return Ok(match reports.iter().all(|report| report.flaw.is_none()) {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            });
        }
        AuditCommand::Anchor => {
            println!("{}", serde_json::to_string_pretty(&app.anchor().await?)?);
        }
        AuditCommand::List {
            tenant,
            object,
            action,
            user,
            limit,
        } => {
            let chain = app.audit_chain(&tenant).await?;
            let filter = AuditFilter {
                object,
                action,
                actor: user,
                ..AuditFilter::default()
            };
            for entry in app.audit_entries(chain, &filter, limit).await? {
                println!("{}", line(&entry));
            }
        }
        AuditCommand::Export { tenant } => export(&app, &tenant).await?,
        AuditCommand::Seal => {
            for chain in app.seal_audit().await? {
                println!("{chain}\tsealed");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<Anchor> {
    let what = || format!("the anchor {} cannot be read", path.display());
    let size = std::fs::metadata(path).with_context(what)?.len();
    anyhow::ensure!(size <= MOST_ANCHOR, "{} is no anchor", path.display());
    let text = std::fs::read(path).with_context(what)?;
    serde_json::from_slice(&text).with_context(what)
}

async fn export(app: &App, tenant: &str) -> anyhow::Result<()> {
    let chain = app.audit_chain(tenant).await?;
    let mut after = i64::MIN;
    loop {
        let entries = app.audit_following(chain, after).await?;
        let Some(last) = entries.last() else {
            return Ok(());
        };
        after = last.seq;
        for entry in &entries {
            println!("{}", audit_line(chain, entry));
        }
    }
}

fn told(report: &AuditReport) -> String {
    let whose = report.tenant.as_deref().unwrap_or(&report.chain);
    if let Some(flaw) = report.flaw {
        return format!(
            "{whose}\tWRONG\t{flaw}\t{} before it are proven",
            report.entries
        );
    }
    if report.erased {
        return format!("{whose}\terased with its tenant, as the gateway's log says");
    }
    let sealed = match report.sealed {
        Sealed::Yes => "sealed",
        Sealed::No => "not sealed",
        Sealed::Unknown => "not sealed: server.secret is not set here",
    };
    let anchored = match report.anchored {
        0 => String::new(),
        n => format!("\t{n} anchored"),
    };
    format!(
        "{whose}\tok\t{} entries\t{sealed}{anchored}\t{}",
        report.entries, report.hash
    )
}

fn line(entry: &AuditEntry) -> String {
    let who = entry.actor_name.as_deref().unwrap_or(&entry.actor);
    let from = match &entry.address {
        Some(address) => format!(" from {address}"),
        None => String::new(),
    };
    format!(
        "{}\t{}\t{who}{from}\t{}\t{}\t{}",
        entry.seq,
        entry.at.to_seconds(),
        entry.action,
        entry.object,
        entry.details
    )
}
