//! `faxgate tenant`

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
