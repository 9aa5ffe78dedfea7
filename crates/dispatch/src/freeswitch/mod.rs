//! FreeSWITCH as a line: `txfax` calls over the Event Socket, results from events and CDR files.

mod cdr;
mod dial;
mod events;
mod fields;
mod sweep;
mod transport;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::App;
use faxgate_esl::{ConnectOptions, Credentials, InvalidArgument, Link, LinkOptions, Subscription};
use faxgate_types::Ambient;
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
    /// The folder that we and FreeSWITCH share: pages to send lie in `tx`, received ones in `rx`.
    pub spool_dir: PathBuf,
    /// Where its `mod_json_cdr` writes.
    pub cdr_dir: PathBuf,
    /// How long to let it ring.
    pub originate_timeout: Duration,
    /// Whether T.38 is asked for.
    pub t38: T38,
    /// Whether errors are corrected (ECM).
    pub ecm: bool,
    /// The form in which the gateway wants numbers.
    pub dial_format: DialFormat,
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
    /// `5551234567`.
    National,
}

/// FreeSWITCH as a [`Transport`](faxgate_core::Transport).
pub struct FreeSwitch {
    config: Config,
    app: App,
    link: Link,
    _tasks: JoinSet<()>,
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
        let mut tasks = JoinSet::new();
        tasks.spawn(driver.run());
        tasks.spawn(events::follow(
            config.name.clone(),
            app.clone(),
            switchboard.clone(),
            notices,
        ));
        tasks.spawn(sweep::cdrs(
            config.clone(),
            app.clone(),
            switchboard.clone(),
        ));
        tasks.spawn(sweep::sent_pages(config.clone(), app.clone()));
        Ok(Arc::new(Self {
            config,
            app,
            link,
            _tasks: tasks,
        }))
    }

    /// Resolves when the connection stands.
    ///
    /// # Errors
    /// When it never will.
    pub async fn up(&self) -> Result<(), faxgate_esl::Error> {
        self.link.up().await
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
