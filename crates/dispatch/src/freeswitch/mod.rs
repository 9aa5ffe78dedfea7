//! FreeSWITCH as a line: `txfax` calls over the Event Socket, results from events and records of calls.

mod canary;
mod cdr;
mod dial;
mod events;
mod fetch;
mod folder;
mod missing;
mod records;
mod sweep;
mod tombs;
mod transport;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{App, panic_reason};
use faxgate_esl::{
    ConnectOptions, Credentials, InvalidArgument, Link, LinkDriver, LinkOptions, Notices,
    Subscription,
};
use faxgate_types::Ambient;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::switchboard::Switchboard;

/// A FreeSWITCH, and how to use it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The line's name, stable over restarts.
    pub name: String,
    /// Where its event socket listens. The Event Socket is a shell on that machine: loopback or a tunnel only.
    pub host: String,
    /// The event socket's port.
    pub port: u16,
    /// How to sign in there.
    pub credentials: Credentials,
    /// The sofia gateway that calls go out through.
    pub gateway: String,
    /// How pages and records of calls travel between it and us.
    pub spool: Spool,
    /// How long to let it ring.
    pub originate_timeout: Duration,
    /// Whether T.38 is asked for.
    pub t38: T38,
    /// Whether errors are corrected (ECM).
    pub ecm: bool,
    /// The form in which the gateway wants numbers.
    pub dial_format: DialFormat,
}

/// How pages and records of calls travel between a FreeSWITCH and us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spool {
    /// Through folders that both see under the same absolute paths.
    Shared {
        /// Pages to send lie in `tx`, received ones in `rx`.
        spool_dir: PathBuf,
        /// Where its `mod_json_cdr` writes.
        cdr_dir: PathBuf,
    },
    /// By HTTP: it fetches pages with `mod_http_cache`, `mod_json_cdr` posts records to the CDR webhook, the inbound hook
    /// posts received pages.
    Remote {
        /// The gateway's address as FreeSWITCH reaches it, without a slash at its end: `https://fax.example.com`.
        pages_url: String,
    },
}

/// What to do about T.38.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum T38 {
    /// Ask for it.
    Request,
    /// Take it when the far end asks.
    Accept,
    /// Audio only.
    Off,
}

/// The form in which a gateway wants numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialFormat {
    /// `15551234567`.
    Digits,
    /// `+15551234567`.
    Plus,
    /// `5551234567`. Numbers abroad are not dialled.
    National {
        /// The gateway's own calling code: 1 in North America.
        calling_code: u16,
    },
}

/// FreeSWITCH as a [`Transport`](faxgate_core::Transport).
pub struct FreeSwitch {
    office: Arc<Office>,
    _tasks: JoinSet<()>,
}

/// What everything that has to do with one FreeSWITCH shares.
struct Office {
    config: Config,
    app: App,
    link: Link,
    switchboard: Switchboard,
    canary: canary::Canary,
    tombs: tombs::Tombs,
    fetches: fetch::Fetches,
    missing: missing::Missing,
    came_up: Notify,
}

impl Office {
    /// Everything that goes on for as long as the line is used. What breaks is started again, and not ready meanwhile.
    fn work(self: Arc<Self>, driver: LinkDriver, notices: Notices) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let app = self.app.clone();
        tasks.spawn(async move {
            let mut link = JoinSet::new();
            link.spawn(driver.run());
            if let Some(Err(broken)) = link.join_next().await {
                let reason = panic_reason(broken);
                tracing::error!(
                    reason,
                    "a connection to FreeSWITCH broke for good: restart the gateway"
                );
                app.health()
                    .down("event socket", "it broke; restart the gateway");
            }
        });
        let notices = Arc::new(tokio::sync::Mutex::new(notices));
        self.keep(&mut tasks, "events of calls", move |office| {
            events::follow(office, Arc::clone(&notices))
        });
        self.keep(&mut tasks, "canary", canary::watch);
        self.keep(&mut tasks, "records of calls", records::follow);
        if let Spool::Shared { cdr_dir, .. } = &self.config.spool {
            let folder = cdr_dir.clone();
            self.keep(&mut tasks, "CDR folder", move |office| {
                sweep::cdrs(office, folder.clone())
            });
        }
        if let Some(folder) = dial::pages_folder(&self.config) {
            self.keep(&mut tasks, "spool folder", move |office| {
                sweep::sent_pages(office, folder.clone())
            });
        }
        tasks
    }

    fn keep<F: Future<Output = ()> + Send + 'static>(
        self: &Arc<Self>,
        tasks: &mut JoinSet<()>,
        name: &'static str,
        start: impl Fn(Arc<Self>) -> F + Send + Sync + 'static,
    ) {
        let office = Arc::clone(self);
        tasks.spawn(async move {
            let start = || start(Arc::clone(&office));
            office.app.supervise(name, start).await;
        });
    }

    /// The run of FreeSWITCH that we are connected to.
    fn link_core(&self) -> Option<String> {
        self.link.core_uuid().map(|core| core.to_string())
    }
}

impl FreeSwitch {
    /// Connects, now and whenever the connection breaks. Call it on the main runtime.
    ///
    /// # Errors
    /// When a name or a path in `config` could not be written into a dial string.
    pub fn start(
        config: Config,
        app: App,
        switchboard: Switchboard,
    ) -> Result<Arc<Self>, InvalidArgument> {
        dial::check(&config)?;
        let connect =
            ConnectOptions::new(config.host.clone(), config.port, config.credentials.clone());
        let jitter = jitter(app.ambient().clone());
        let (link, notices, driver) = Link::new(LinkOptions::new(connect, subscription()?), jitter);
        let office = Arc::new(Office {
            config,
            app,
            link,
            switchboard,
            canary: canary::Canary::default(),
            tombs: tombs::Tombs::default(),
            fetches: fetch::Fetches::default(),
            missing: missing::Missing::default(),
            came_up: Notify::new(),
        });
        Ok(Arc::new(Self {
            _tasks: office.clone().work(driver, notices),
            office,
        }))
    }

    /// Resolves when the connection stands.
    ///
    /// # Errors
    /// When it never will.
    pub async fn up(&self) -> Result<(), faxgate_esl::Error> {
        self.office.link.up().await
    }
}

/// What we need to hear: a dozen events a fax instead of hundreds.
fn subscription() -> Result<Subscription, InvalidArgument> {
    let mut subscription = Subscription::new();
    for name in [
        "BACKGROUND_JOB",
        "CHANNEL_CREATE",
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_ANSWER",
        "CHANNEL_HANGUP_COMPLETE",
    ] {
        subscription = subscription.event(name)?;
    }
    for subclass in [
        "spandsp::txfaxnegociateresult",
        "spandsp::txfaxpageresult",
        "spandsp::txfaxresult",
    ] {
        subscription = subscription.custom(subclass)?;
    }
    Ok(subscription)
}

fn jitter(ambient: Ambient) -> impl FnMut() -> u32 + Send + 'static {
    move || u32::from_be_bytes(ambient.bytes())
}
