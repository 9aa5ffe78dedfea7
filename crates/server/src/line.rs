//! The lines of a gateway: the FreeSWITCHes of the settings, Telnyx, and the simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use faxgate_config::{
    DialFormat, FreeswitchNode, Pace, Settings, SimulatorDecision, SpoolKind, T38,
};
use faxgate_core::{App, ClaimScope};
use faxgate_dispatch::freeswitch::{self, FreeSwitch};
use faxgate_dispatch::{Lane, Limits, OnNet, Switchboard};
use faxgate_esl::Credentials;
use faxgate_simulator::{Options, Simulator};
use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;

use crate::telnyx;

/// How often the simulator learns which numbers are ours.
const LEARN_NUMBERS_EVERY: Duration = Duration::from_secs(1);

/// The lines, and the simulator behind one of them.
pub(crate) struct Lines {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) simulator: Option<EmbeddedSimulator>,
}

/// Connects to every line that the settings name.
pub(crate) async fn start(
    settings: &Settings,
    decision: SimulatorDecision,
    app: &App,
    switchboard: &Switchboard,
) -> anyhow::Result<Lines> {
    let mut lanes = Vec::new();
    for node in &settings.freeswitch.nodes {
        let transport =
            FreeSwitch::start(config(settings, node)?, app.clone(), switchboard.clone())
                .with_context(|| {
                    format!(
                        "the settings of FreeSWITCH `{}` cannot stand in a dial string",
                        node.name
                    )
                })?;
        let limits = Limits {
            channels: node.max_channels as usize,
            calls_per_second: node.calls_per_second,
            cost_per_minute: settings.cost.per_minute.millionths(),
            weight: node.weight,
            ringing: node.originate_timeout_seconds.as_duration(),
        };
        let lane = Lane::new(transport, ClaimScope::Real, limits);
        lanes.push(lane.with_bulk_percent(settings.dispatch.bulk_percent));
    }
    if let Some(client) = telnyx::client(settings, app.ambient())? {
        lanes.push(telnyx::lane(settings, client, app, switchboard)?);
    }
    let simulator = match decision {
        SimulatorDecision::Off => None,
        SimulatorDecision::TestFaxes => Some(EmbeddedSimulator::start(settings, app).await?),
        SimulatorDecision::EveryFax => {
            tracing::warn!(
                "NO LINE IS CONFIGURED: every fax goes to the built-in simulator and none leaves this machine. \
                 Set FAXGATE_FREESWITCH__HOST or FAXGATE_TELNYX__API_KEY for a real one."
            );
            Some(EmbeddedSimulator::start(settings, app).await?)
        }
    };
    if let Some(simulator) = &simulator {
        let transport = FreeSwitch::start(
            simulator.config(settings)?,
            app.clone(),
            switchboard.clone(),
        )
        .context("the simulator's folder cannot stand in a dial string")?;
        let limits = Limits {
            channels: settings.simulator.max_channels as usize,
            calls_per_second: 0,
            cost_per_minute: 0,
            weight: 100,
            ringing: Duration::from_secs(60),
        };
        let lane = Lane::new(transport, ClaimScope::Test, limits);
        lanes.push(lane.with_bulk_percent(settings.dispatch.bulk_percent));
    }
    let names: Vec<_> = lanes.iter().map(Lane::name).collect();
    tracing::info!(lines = names.join(" "), "sending by: {}", names.join(", "));
    lanes.push(OnNet::lane(app.clone(), switchboard.clone()));
    Ok(Lines { lanes, simulator })
}

fn config(settings: &Settings, node: &FreeswitchNode) -> anyhow::Result<freeswitch::Config> {
    Ok(freeswitch::Config {
        name: node.name.clone(),
        host: node.host.clone(),
        port: node.port,
        credentials: Credentials::password(node.password.expose_secret())?,
        gateway: node.gateway.clone(),
        spool: match node.spool {
            SpoolKind::Shared => freeswitch::Spool::Shared {
                spool_dir: node.spool_dir.clone(),
                cdr_dir: node.cdr_dir.clone(),
            },
            SpoolKind::Remote => freeswitch::Spool::Remote {
                pages_url: settings.pages_url(node).unwrap_or_default(),
            },
        },
        originate_timeout: node.originate_timeout_seconds.as_duration(),
        t38: match node.t38 {
            T38::Request => freeswitch::T38::Request,
            T38::Accept => freeswitch::T38::Accept,
            T38::Off => freeswitch::T38::Off,
        },
        ecm: node.ecm,
        dial_format: match node.dial_format {
            DialFormat::E164 => freeswitch::DialFormat::Digits,
            DialFormat::Plus => freeswitch::DialFormat::Plus,
            DialFormat::National => freeswitch::DialFormat::National {
                calling_code: node
                    .national_country
                    .map_or(0, |country| country.calling_code()),
            },
        },
    })
}

/// A simulator inside this process; the gateway talks to it over TCP with the very client that it uses for FreeSWITCH.
pub(crate) struct EmbeddedSimulator {
    simulator: Arc<Simulator>,
    password: String,
    learning: JoinHandle<()>,
}

impl EmbeddedSimulator {
    async fn start(settings: &Settings, app: &App) -> anyhow::Result<Self> {
        let password = hex::encode(app.ambient().bytes::<16>());
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut options = Options::new(listen, &settings.simulator.spool_dir);
        options.password.clone_from(&password);
        options.call_log = Some(settings.simulator.spool_dir.join("calls.jsonl"));
        options.pace = match settings.simulator.pace {
            Pace::Real => faxgate_simulator::Pace::Real,
            Pace::Fast => faxgate_simulator::Pace::Fast,
            Pace::Times(times) => faxgate_simulator::Pace::Times(times),
        };
        let simulator = Arc::new(
            Simulator::start(options)
                .await
                .context("the line simulator cannot start")?,
        );
        let mut known = learn_numbers(app, &simulator, None).await;
        let learning = tokio::spawn({
            let (app, simulator) = (app.clone(), Arc::clone(&simulator));
            async move {
                loop {
                    tokio::time::sleep(LEARN_NUMBERS_EVERY).await;
                    known = learn_numbers(&app, &simulator, known).await;
                }
            }
        });
        Ok(Self {
            simulator,
            password,
            learning,
        })
    }

    fn config(&self, settings: &Settings) -> anyhow::Result<freeswitch::Config> {
        let address = self.simulator.addr();
        let spool_dir = settings.simulator.spool_dir.clone();
        Ok(freeswitch::Config {
            name: "simulator".to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
            credentials: Credentials::password(&self.password)?,
            gateway: "simulated".to_owned(),
            spool: freeswitch::Spool::Shared {
                cdr_dir: spool_dir.join("cdr"),
                spool_dir,
            },
            originate_timeout: Duration::from_secs(60),
            t38: freeswitch::T38::Request,
            ecm: true,
            dial_format: freeswitch::DialFormat::Digits,
        })
    }
}

impl Drop for EmbeddedSimulator {
    fn drop(&mut self) {
        self.learning.abort();
    }
}

/// Numbers added beside a running server are on-net a second later. Gives how many there are; `known` were there before.
async fn learn_numbers(app: &App, simulator: &Simulator, known: Option<usize>) -> Option<usize> {
    match app.dids().await {
        Ok(dids) => {
            simulator.set_dids(dids.iter().map(|(number, ..)| number.as_str()));
            let numbers = dids.len();
            if known != Some(numbers) {
                tracing::info!(numbers, "numbers that the simulator delivers to: {numbers}");
            }
            Some(numbers)
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the simulator cannot learn our numbers"
            );
            known
        }
    }
}
