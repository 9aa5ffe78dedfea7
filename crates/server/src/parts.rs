//! From settings to parts.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use faxgate_api::{ApiOptions, Quotas};
use faxgate_config::{Settings, SimulatorDecision};
use faxgate_core::{
    App, AuthSettings, MailSettings, MasterKeys, Parts, PriceList, Registration, Tariff, TestMode,
    WebhookSettings,
};
use faxgate_db::Db;
use faxgate_files::Files;
use faxgate_imaging::{Cage, CageConfig, Halftone};
use faxgate_lifecycle::{RetryPolicy, Schedule, Waits};
use faxgate_outbound::Outbound;
use faxgate_telnyx::webhook::Verifier;
use faxgate_types::Ambient;
use secrecy::ExposeSecret as _;

/// Whose the lines are that faxes go out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinesOf {
    /// Nothing is sent from here.
    NoOne,
    /// This process's own.
    ThisProcess(SimulatorDecision),
    /// Those of the processes that dispatch.
    OtherProcesses,
}

/// Opens everything that the use cases need. Call it on the main runtime.
pub(crate) async fn app(
    settings: &Settings,
    lines: LinesOf,
    cage_config: CageConfig,
) -> anyhow::Result<App> {
    let db = Db::connect(&faxgate_db::Options {
        url: settings.database.url.expose().to_owned(),
        max_connections: settings.database.max_connections as usize,
    })?;
    let has_new_audit = match settings.database.auto_migrate {
        true => {
            let migrated = db.migrate().await;
            Some(migrated.context("the database cannot be brought up to date")?)
        }
        false => None,
    };
    let storage = &settings.storage;
    let options = faxgate_files::Options {
        // As much as was allowed, also when it is encrypted.
        max_bytes: storage
            .max_bytes
            .saturating_add(faxgate_core::SEALED_OVERHEAD),
        s3: faxgate_files::S3Options {
            endpoint: storage.endpoint.clone(),
            region: storage.region.clone(),
            access_key_id: storage.access_key_id.clone(),
            secret_access_key: storage
                .secret_access_key
                .as_ref()
                .map(|key| key.expose_secret().to_owned()),
            allow_http: storage.allow_http,
        },
    };
    let files = Files::open(storage.url.as_str(), options)
        .await
        .context("the document store cannot be opened")?;
    let outbound = Outbound::new(faxgate_outbound::Config {
        allow_nets: settings.outbound.allow_nets.clone(),
        timeout: settings.outbound.timeout_seconds.as_duration(),
        max_bytes: settings.outbound.max_bytes,
    })?;
    let app = App::new(Parts {
        db,
        files,
        cage: cage(settings, cage_config),
        outbound,
        carrier: crate::telnyx::account(settings, &Ambient::system())?,
        ambient: Ambient::system(),
        settings: use_cases(
            settings,
            lines,
            crate::mail::settings(settings)?,
            master_keys(&settings.encryption)?,
        ),
    });
    if let Some(is_new) = has_new_audit {
        let begun = app.begin_audit(is_new).await;
        begun.context("the audit log cannot begin")?;
    }
    Ok(app)
}

fn cage(settings: &Settings, defaults: CageConfig) -> Cage {
    let imaging = &settings.imaging;
    Cage::new(CageConfig {
        concurrency: imaging.workers,
        limits: faxgate_imaging::Limits {
            memory_bytes: imaging.memory_mb << 20,
            cpu_seconds: imaging.cpu_seconds.get(),
            wall: imaging.wall_seconds.as_duration(),
            max_pages: imaging.max_pages,
            ..defaults.limits
        },
        ..defaults
    })
}

fn use_cases(
    settings: &Settings,
    lines: LinesOf,
    mail: MailSettings,
    master_keys: MasterKeys,
) -> faxgate_core::Settings {
    let telnyx = &settings.telnyx;
    let origin = telnyx.base_url.origin().ascii_serialization();
    faxgate_core::Settings {
        node: settings.node.name.clone(),
        max_pages: settings.imaging.max_pages,
        halftone: match settings.imaging.halftone {
            faxgate_config::Halftone::Auto => Halftone::Auto,
            faxgate_config::Halftone::Threshold => Halftone::Threshold,
            faxgate_config::Halftone::Diffusion => Halftone::Diffusion,
        },
        retry: retry(settings),
        tariff: tariff(settings),
        webhooks: webhooks(settings),
        mail,
        prices: prices(settings),
        spool_dirs: spool_dirs(settings),
        telnyx_media: telnyx.api_key.clone().map(|key| (origin, key)),
        // Whoever verifies has to know what another process signed: several processes share one secret.
        secret: settings
            .server
            .secret
            .clone()
            .unwrap_or_else(|| hex::encode(Ambient::system().bytes::<32>()).into()),
        auth: auth(settings),
        tenants_may_order: settings.numbers.tenants_may_order,
        test_mode: match lines {
            LinesOf::NoOne | LinesOf::ThisProcess(SimulatorDecision::Off) => TestMode::Off,
            LinesOf::ThisProcess(_) => TestMode::Here,
            LinesOf::OtherProcesses => TestMode::Elsewhere,
        },
        only_simulator: match lines {
            LinesOf::NoOne => false,
            LinesOf::ThisProcess(decision) => decision == SimulatorDecision::EveryFax,
            // They have the same settings, as far as lines go.
            LinesOf::OtherProcesses => {
                settings.simulator_decision().ok() == Some(SimulatorDecision::EveryFax)
            }
        },
        records: faxgate_core::RecordSettings {
            seal: settings.server.secret.clone(),
            // Whoever has no line of their own is a command.
            console: (lines == LinesOf::NoOne).then(crate::commands::beside::who),
            keep: keep(&settings.retention),
            erase_after: Duration::from_secs(
                u64::from(settings.retention.erase_grace_days.get().unwrap_or(0)) * 24 * 3600,
            ),
        },
        master_keys,
    }
}

/// None: documents are stored in clear.
fn master_keys(encryption: &faxgate_config::Encryption) -> anyhow::Result<MasterKeys> {
    let Some(current) = &encryption.master_key else {
        return Ok(MasterKeys::default());
    };
    let others = encryption.previous_master_keys.iter();
    let others: Vec<_> = others.map(|key| key.bytes().clone()).collect();
    Ok(MasterKeys::new(current.bytes(), &others)?)
}

fn webhooks(settings: &Settings) -> WebhookSettings {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let out = &settings.webhooks_out;
    WebhookSettings {
        allow_http: out.allow_http,
        timeout: out.timeout_seconds.as_duration(),
        most_endpoints: out.max_endpoints,
        endpoint_at_once: out.endpoint_at_once,
        at_once: out.at_once,
        schedule: faxgate_webhooks::Schedule::new(
            out.retry_seconds.iter().map(|wait| wait.as_duration()),
        ),
        disable_after: DAY * out.disable_after_days,
        log_lasts: out.log_days.get().map(|days| DAY * days),
        overlap: out.secret_overlap_seconds.as_duration(),
    }
}

/// People who sign in.
fn auth(settings: &Settings) -> AuthSettings {
    let auth = &settings.auth;
    AuthSettings {
        session: Duration::from_secs(u64::from(auth.session_minutes) * 60),
        password_min: auth.password_min_length as usize,
        operators_need_totp: auth.operators_need_totp,
        secret_is_kept: settings.server.secret.is_some(),
        registration: auth.allow_registration.then(|| Registration {
            tenant: auth.registration_tenant.clone(),
            country: settings.bootstrap.country,
            may_claim: auth.registered_may_claim,
        }),
    }
}

fn keep(retention: &faxgate_config::Retention) -> faxgate_core::Keep {
    let days = |days: faxgate_config::Days| days.get().unwrap_or(0);
    faxgate_core::Keep {
        sent: days(retention.sent_days),
        failed: days(retention.failed_days),
        received: days(retention.received_days),
        unsent: days(retention.unsent_days),
    }
}

/// Where received pages may lie: with every FreeSWITCH, and with the simulator.
fn spool_dirs(settings: &Settings) -> Vec<PathBuf> {
    let nodes = settings
        .freeswitch
        .nodes
        .iter()
        .filter(|node| node.spool == faxgate_config::SpoolKind::Shared)
        .map(|node| node.spool_dir.clone());
    nodes
        .chain([settings.simulator.spool_dir.clone()])
        .collect()
}

fn retry(settings: &Settings) -> RetryPolicy {
    let retry = &settings.retry;
    let schedule = |ladder: faxgate_config::Ladder<'_>| {
        Schedule::new(
            ladder.tries,
            ladder.waits.iter().map(|wait| wait.as_duration()),
        )
    };
    let waits =
        |waits: &[faxgate_config::Seconds]| Waits::new(waits.iter().map(|wait| wait.as_duration()));
    RetryPolicy {
        busy: schedule(retry.busy()),
        no_answer: schedule(retry.no_answer()),
        line: schedule(retry.line()),
        partial: schedule(retry.partial()),
        negotiation: schedule(retry.negotiation()),
        not_fax: schedule(retry.not_fax()),
        local: schedule(retry.local()),
        back_pressure: waits(&retry.back_pressure_seconds),
        account: waits(&retry.account_seconds),
        max_tries: retry.max_tries,
        give_up_after: retry.give_up_after_seconds.as_duration(),
        last_page: retry.last_page,
        unknown: retry.unknown,
    }
}

fn tariff(settings: &Settings) -> Tariff {
    let cost = &settings.cost;
    let rates = cost.by_prefix.0.iter();
    Tariff {
        currency: cost.currency.clone(),
        per_minute: cost.per_minute.millionths(),
        by_prefix: rates
            .map(|(prefix, money)| (prefix.clone(), money.millionths()))
            .collect(),
    }
}

fn prices(settings: &Settings) -> PriceList {
    let prices = &settings.prices;
    let by_prefix = |rates: &faxgate_config::Rates| {
        let rates = rates.0.iter();
        rates
            .map(|(prefix, money)| (prefix.clone(), money.millionths()))
            .collect()
    };
    PriceList {
        per_page: prices.per_page.millionths(),
        per_page_by_prefix: by_prefix(&prices.per_page_by_prefix),
        per_minute: prices.per_minute.millionths(),
        per_minute_by_prefix: by_prefix(&prices.per_minute_by_prefix),
        per_attempt: prices.per_attempt.millionths(),
        per_page_received: prices.per_page_received.millionths(),
    }
}

/// The API's options.
pub(crate) fn api_options(settings: &Settings) -> anyhow::Result<ApiOptions> {
    let limits = &settings.rate_limits;
    Ok(ApiOptions {
        upload_limit_bytes: settings.server.upload_limit_bytes,
        quotas: Quotas {
            send: limits.send.get(),
            upload: limits.upload.get(),
            status: limits.status.get(),
            list: limits.list.get(),
            manage: limits.manage.get(),
            login: limits.login.get(),
            webhook: limits.webhook.get(),
        },
        shared_quotas: limits.shared,
        streams: settings.live.streams,
        streams_per_user: settings.live.streams_per_user,
        stream_heartbeat: settings.live.heartbeat_seconds.as_duration(),
        stream_patience: settings.live.patience_seconds.as_duration(),
        inbound_secret: settings.webhook.inbound_secret.clone(),
        allow_unsigned: settings.webhook.allow_unsigned,
        trusted_proxies: settings.server.trusted_proxies.clone(),
        cdr_username: settings.webhook.cdr_username.clone(),
        cdr_password: settings.webhook.cdr_password.clone(),
        job_api_tenant: settings
            .job_api
            .tenant
            .clone()
            .filter(|_| settings.job_api.open_on_loopback),
        telnyx_webhooks: telnyx_webhooks(&settings.telnyx)?,
        ..ApiOptions::default()
    })
}

/// The account's key, and the one that follows it while it is being changed.
fn telnyx_webhooks(telnyx: &faxgate_config::Telnyx) -> anyhow::Result<Option<Verifier>> {
    let given = |key: &Option<String>| key.clone().filter(|key| !key.trim().is_empty());
    let keys: Vec<String> = [&telnyx.public_key, &telnyx.next_public_key]
        .into_iter()
        .filter_map(given)
        .collect();
    if keys.is_empty() {
        return Ok(None);
    }
    for (name, key) in [
        ("telnyx.public_key", &telnyx.public_key),
        ("telnyx.next_public_key", &telnyx.next_public_key),
    ] {
        if let Some(key) = given(key) {
            Verifier::new(&[&key])
                .with_context(|| format!("{name} cannot be used: take the account's public key from the Telnyx portal (Keys & Credentials)"))?;
        }
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    Ok(Some(Verifier::new(&keys)?))
}

/// The dispatcher's settings.
pub(crate) fn dispatch_settings(settings: &Settings) -> faxgate_dispatch::Settings {
    let dispatch = &settings.dispatch;
    faxgate_dispatch::Settings {
        lease: dispatch.lease_seconds.as_duration(),
        send_within: dispatch.send_by_seconds.as_duration(),
        poll: dispatch.poll_interval_ms.as_duration(),
        batch: dispatch.batch,
        worst_page: dispatch.worst_case_page_seconds.as_duration(),
    }
}
