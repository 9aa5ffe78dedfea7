//! `faxgate tenant`

mod erase;
mod export;
mod keep;
mod set;
mod show;

use clap::Subcommand;
use faxgate_config::Settings;
use faxgate_core::{Asker, NewTenant, Once};
use faxgate_types::{Country, TimeZone};

use super::beside::app;

/// `faxgate tenant`.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Add a tenant.
    Create {
        /// Its short name: a-z, 0-9 and -.
        slug: String,
        /// Where it is, in two letters; national numbers are read there.
        #[arg(long, value_name = "CC", default_value = "US")]
        country: Country,
        /// Its name on paper; the slug if not given.
        #[arg(long)]
        name: Option<String>,
        /// Its clocks, as an IANA name; UTC if not given.
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        time_zone: TimeZone,
    },
    /// Change a tenant: its name, where it may call, its share of the lines, its limits, hours and retries.
    ///
    /// What is not given stays. `none` takes a choice away, so that the gateway's own holds again. Faxes that wait are held
    /// against the new rules at once.
    Set(Box<set::Set>),
    /// Show a tenant, what was chosen for it and what it used today.
    Show {
        /// Its slug.
        slug: String,
    },
    /// Let none of its people in and place no call for it, for now. What waits stays, and what comes in is taken in.
    Suspend {
        /// Its slug.
        slug: String,
        /// Why; its people are told.
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended tenant go on.
    Resume {
        /// Its slug.
        slug: String,
    },
    /// See how long a tenant keeps documents and pages, or change that.
    Keep(keep::Keeping),
    /// Write all that a tenant has to OUT: a new directory, or a tar file when its name ends so.
    Export {
        /// Its slug.
        slug: String,
        /// Where to.
        #[arg(value_name = "OUT")]
        out: std::path::PathBuf,
    },
    /// Erase a tenant with all that it has, when the grace (retention.erase_grace_days) is over. It is suspended at once.
    Erase {
        /// Its slug; with --show also the id of one that is gone.
        slug: String,
        /// You mean it.
        #[arg(long)]
        yes: bool,
        /// Call it off, as long as it has not begun.
        #[arg(long, conflicts_with = "yes")]
        call_off: bool,
        /// See how it stands.
        #[arg(long, conflicts_with_all = ["yes", "call_off"])]
        show: bool,
    },
    /// List tenants.
    List,
}

pub(super) async fn run(settings: &Settings, command: TenantCommand) -> anyhow::Result<()> {
    let app = app(settings).await?;
    match command {
        TenantCommand::Create {
            slug,
            country,
            name,
            time_zone,
        } => {
            let new = NewTenant {
                slug,
                name,
                country,
                time_zone,
            };
            let tenant = app
                .create_tenant(&Asker::Console, new, Once::default())
                .await?;
            println!("{}\t{}", tenant.slug, tenant.id);
        }
        TenantCommand::Set(set) => {
            let slug = set.slug.clone();
            app.change_tenant(&Asker::Console, &slug, set.change())
                .await?;
            show::show(&app, settings, &slug).await?;
        }
        TenantCommand::Show { slug } => show::show(&app, settings, &slug).await?,
        TenantCommand::Suspend { slug, reason } => {
            app.suspend_tenant(&Asker::Console, &slug, &reason).await?;
            show::show(&app, settings, &slug).await?;
        }
        TenantCommand::Resume { slug } => {
            app.resume_tenant(&Asker::Console, &slug).await?;
            show::show(&app, settings, &slug).await?;
        }
        TenantCommand::Keep(keeping) => keep::keep(&app, keeping).await?,
        TenantCommand::Export { slug, out } => export::export(&app, &slug, out).await?,
        TenantCommand::Erase {
            slug, show: true, ..
        } => erase::show(&app, &slug).await?,
        TenantCommand::Erase {
            slug,
            call_off: true,
            ..
        } => erase::call_off(&app, &slug).await?,
        TenantCommand::Erase { slug, yes, .. } => erase::erase(&app, &slug, yes).await?,
        TenantCommand::List => {
            for tenant in app.tenants().await? {
                let suspended = match tenant.suspended_at {
                    Some(_) => "\tsuspended",
                    None => "",
                };
                println!(
                    "{}\t{}\t{}\t{}\tmay call {}\t{}{suspended}",
                    tenant.slug,
                    tenant.name,
                    tenant.country,
                    tenant.time_zone,
                    tenant.allowed_countries,
                    tenant.id
                );
            }
        }
    }
    Ok(())
}
