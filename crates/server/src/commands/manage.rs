//! `faxgate tenant`, `user`, `did`, `token`, `inbound`: on the database itself, so that they work beside a running server.

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use faxgate_config::{Settings, SimulatorDecision};
use faxgate_core::{App, NewTenant};
use faxgate_imaging::CageConfig;

use crate::cli::{DidCommand, InboundCommand, TenantCommand, TokenCommand, UserCommand};
use crate::parts;

async fn app(settings: &Settings) -> anyhow::Result<App> {
    parts::app(settings, SimulatorDecision::Off, CageConfig::default()).await
}

pub(super) async fn tenant(
    settings: &Settings,
    command: TenantCommand,
) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        TenantCommand::Create {
            slug,
            country,
            name,
            time_zone,
        } => {
            let tenant = app
                .create_tenant(NewTenant {
                    slug,
                    name,
                    country,
                    time_zone,
                })
                .await?;
            println!("{}\t{}", tenant.slug, tenant.id);
        }
        TenantCommand::List => {
            for tenant in app.tenants().await? {
                println!(
                    "{}\t{}\t{}\t{}\tmay call {}\t{}",
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
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn user(settings: &Settings, command: UserCommand) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        UserCommand::Create {
            name,
            tenant,
            role,
            password_stdin: _,
        } => {
            let mut password = String::new();
            std::io::stdin()
                .take(4096)
                .read_to_string(&mut password)
                .context("the password cannot be read from standard input")?;
            app.create_user(
                &name,
                password.trim_end_matches(['\r', '\n']),
                &tenant,
                role,
            )
            .await?;
            println!("{name}\t{role} of {tenant}");
        }
        UserCommand::List => {
            for (name, places) in app.users().await? {
                let places: Vec<_> = places
                    .iter()
                    .map(|(slug, role)| format!("{role} of {slug}"))
                    .collect();
                println!("{name}\t{}", places.join(", "));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn did(settings: &Settings, command: DidCommand) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        DidCommand::Add { number, tenant } => {
            println!("{}\t{tenant}", app.add_did(&number, &tenant).await?)
        }
        DidCommand::List => {
            for (number, slug) in app.dids().await? {
                println!("{number}\t{slug}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn token(settings: &Settings, command: TokenCommand) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        TokenCommand::Create { user, expires_days } => {
            let lifetime = expires_days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            println!("{}", app.create_token(&user, lifetime).await?);
        }
        TokenCommand::List => {
            for token in app.tokens().await? {
                let until = token.expires_at.map_or_else(
                    || "never expires".to_owned(),
                    |at| format!("until {}", at.to_seconds()),
                );
                println!(
                    "{}\t{}\tsince {}\t{until}",
                    token.username,
                    token.label,
                    token.created_at.to_seconds()
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn inbound(
    settings: &Settings,
    command: InboundCommand,
) -> anyhow::Result<ExitCode> {
    let app = app(settings).await?;
    match command {
        InboundCommand::List { state } => {
            for reception in app.receptions(state.as_deref()).await? {
                println!(
                    "{}\t{}\t{}\t{}\t{}",
                    reception.id,
                    reception.created_at.to_seconds(),
                    reception.to,
                    reception.state,
                    reception.error.unwrap_or_default()
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
