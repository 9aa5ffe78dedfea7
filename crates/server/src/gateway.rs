//! A whole gateway: started, running, stopped.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App as WebApp, HttpServer};
use anyhow::Context as _;
use faxgate_api::Api;
use faxgate_config::Settings;
use faxgate_core::App;
use faxgate_dispatch::{Dispatcher, Switchboard};
use faxgate_imaging::CageConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::line::{self, EmbeddedSimulator};
use crate::parts::{self, LinesOf};

/// How long a process of the same name may still take to end.
const FORMER_PROCESS_ENDS: Duration = Duration::from_secs(5);

/// Which part of the gateway runs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// API and dispatcher.
    All,
    /// The API.
    Api,
    /// The dispatcher.
    Dispatch,
}

impl Role {
    fn serves(self) -> bool {
        self != Self::Dispatch
    }

    fn dispatches(self) -> bool {
        self != Self::Api
    }
}

/// A running gateway.
pub struct Gateway {
    app: App,
    address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    server: Option<(ServerHandle, JoinHandle<std::io::Result<()>>)>,
    tasks: Vec<JoinHandle<()>>,
    _simulator: Option<EmbeddedSimulator>,
    streams: Option<AbortOnDrop>,
    _others: AbortOnDrop,
}

/// A task that ends with whoever has it.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Gateway {
    /// Starts what the settings describe. Call it on a multi-thread runtime, which then is the main one.
    ///
    /// # Errors
    /// When a part cannot be opened, an address cannot be had, or there is no line to send by.
    pub async fn start(settings: &Settings, role: Role) -> anyhow::Result<Self> {
        Self::start_with_cage(settings, role, CageConfig::default()).await
    }

    /// As [`Gateway::start`], in a program that cannot be its own imaging worker: `worker` is a `faxgate` that can.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub async fn start_with_worker(
        settings: &Settings,
        role: Role,
        worker: &str,
    ) -> anyhow::Result<Self> {
        let cage = CageConfig {
            program: worker.into(),
            ..CageConfig::default()
        };
        Self::start_with_cage(settings, role, cage).await
    }

    async fn start_with_cage(
        settings: &Settings,
        role: Role,
        cage: CageConfig,
    ) -> anyhow::Result<Self> {
        let lines = if role.dispatches() {
            LinesOf::ThisProcess(settings.simulator_decision()?)
        } else {
            LinesOf::OtherProcesses
        };
        let app = parts::app(settings, lines, cage).await?;
        check_keys(&app).await?;
        bootstrap(settings, &app).await?;
        let (stop, stopping) = watch::channel(false);
        let mut tasks = Vec::new();
        let mut simulator = None;
        if let LinesOf::ThisProcess(decision) = lines {
            let name = app.hold_node(FORMER_PROCESS_ENDS).await?;
            let switchboard = Switchboard::default();
            let lines = line::start(settings, decision, &app, &switchboard).await?;
            simulator = lines.simulator;
            let dispatcher = Dispatcher::new(
                app.clone(),
                switchboard,
                lines.lanes,
                parts::dispatch_settings(settings),
                stopping.clone(),
            );
            let drain = settings.server.shutdown_seconds.as_duration();
            let (told, gateway) = (stop.clone(), app.clone());
            tasks.push(tokio::spawn(async move {
                let lost = async {
                    name.lost().await;
                    gateway
                        .health()
                        .down("node", "another process has this node's name");
                    let _ = told.send(true);
                };
                dispatcher.run(drain, lost).await;
            }));
            let (jobs, until) = (app.clone(), stopping.clone());
            tasks.push(tokio::spawn(async move {
                let run = || {
                    let (jobs, stopping) = (jobs.clone(), until.clone());
                    async move { jobs.run_jobs(stopping).await }
                };
                jobs.supervise("jobs", run).await;
            }));
            tasks.extend(webhooks(settings, &app, &stopping));
            tasks.extend(crate::mail::start(settings, &app, &stopping).await?);
        }
        let wakes = app.clone();
        let others = AbortOnDrop(tokio::spawn(async move {
            let follow = || {
                let wakes = wakes.clone();
                async move { wakes.follow_wakes().await }
            };
            wakes.supervise("notices of other nodes", follow).await;
        }));
        let mut gateway = Self {
            app,
            address: None,
            stop,
            server: None,
            tasks,
            _simulator: simulator,
            streams: None,
            _others: others,
        };
        if role.serves() {
            gateway.serve(settings)?;
        }
        Ok(gateway)
    }

    fn serve(&mut self, settings: &Settings) -> anyhow::Result<()> {
        let reader = self.app.clone();
        self.streams = Some(AbortOnDrop(tokio::spawn(async move {
            let read = || {
                let reader = reader.clone();
                async move { reader.read_for_streams().await }
            };
            reader.supervise("live streams", read).await;
        })));
        let api = Api::new(self.app.clone(), parts::api_options(settings)?);
        let mut server =
            HttpServer::new(move || WebApp::new().configure(faxgate_api::configure(api.clone())))
                .on_connect(faxgate_api::on_connect)
                .disable_signals()
                .shutdown_timeout(settings.server.shutdown_seconds.get());
        if settings.server.workers > 0 {
            server = server.workers(settings.server.workers);
        }
        let listen = settings.server.listen;
        let server = server
            .bind(listen)
            .with_context(|| format!("cannot listen on {listen}"))?;
        self.address = server.addrs().first().copied();
        let server = server.run();
        self.server = Some((server.handle(), tokio::spawn(server)));
        if let Some(address) = self.address {
            tracing::info!(%address, "the API listens on http://{address}/api/, its documentation on http://{address}/api/docs");
        }
        Ok(())
    }

    /// Where the API listens; `None` when it does not.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The use cases, for programs that embed a gateway.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops politely: no new requests and no new calls; what is in flight may end, as long as the settings allow.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.app.end_streams();
        if let Some((handle, server)) = self.server {
            handle.stop(true).await;
            let _ = server.await;
        }
        for task in self.tasks {
            let _ = task.await;
        }
        tracing::info!("stopped");
    }
}

/// Tells tenants' own programs of events: from the log to deliveries, and those to their endpoints.
fn webhooks(settings: &Settings, app: &App, stop: &watch::Receiver<bool>) -> [JoinHandle<()>; 2] {
    let drain = settings.server.shutdown_seconds.as_duration();
    let (follower, stopping) = (app.clone(), stop.clone());
    let follow = tokio::spawn(async move {
        let run = || {
            let (follower, stopping) = (follower.clone(), stopping.clone());
            async move { follower.follow_for_webhooks(stopping).await }
        };
        follower.supervise("events for webhooks", run).await;
    });
    let (sender, stopping) = (app.clone(), stop.clone());
    let deliver = tokio::spawn(async move {
        let run = || {
            let (sender, stopping) = (sender.clone(), stopping.clone());
            async move { sender.deliver_webhooks(stopping, drain).await }
        };
        sender.supervise("webhooks", run).await;
    });
    [follow, deliver]
}

/// A gateway that cannot read what it stored does not start, and does not fail fax by fax.
async fn check_keys(app: &App) -> anyhow::Result<()> {
    match app.check_keys().await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            "documents are stored in clear: encryption.master_key is not set (docs/operating.md, Encryption at rest)"
        ),
        Err(wrong) if wrong.is_wrong_master_key() => return Err(wrong.into()),
        // Whether the database is there, and up to date, is told by readiness.
        Err(error) => {
            tracing::warn!(%error, "it cannot be seen yet whether documents can be decrypted");
        }
    }
    Ok(())
}

async fn bootstrap(settings: &Settings, app: &App) -> anyhow::Result<()> {
    let bootstrap = &settings.bootstrap;
    let user = bootstrap
        .username
        .as_deref()
        .zip(bootstrap.password.as_ref());
    if user.is_none() && bootstrap.dids.is_empty() {
        return Ok(());
    }
    app.bootstrap(&bootstrap.tenant, bootstrap.country, user, &bootstrap.dids)
        .await
        .context("the first tenant cannot be created from FAXGATE_BOOTSTRAP__…")
}
