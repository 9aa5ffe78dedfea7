//! The account at Telnyx, as the settings name it.

use std::sync::Arc;

use anyhow::Context as _;
use faxgate_config::Settings;
use faxgate_core::{App, Carrier, ClaimScope};
use faxgate_dispatch::telnyx::{self, Telnyx, TelnyxAccount};
use faxgate_dispatch::{Lane, Limits, Switchboard};
use faxgate_telnyx::{Client, Config, ConnectionId, Retries};
use faxgate_types::Ambient;
use url::{Host, Url};

/// How many times the usual time an order may take to leave: a document may go with it.
const PATIENCE: u32 = 3;

/// A client of the account's API; `None` when there is no key.
pub(crate) fn client(settings: &Settings, ambient: &Ambient) -> anyhow::Result<Option<Client>> {
    let telnyx = &settings.telnyx;
    let Some(key) = telnyx.api_key.clone() else {
        return Ok(None);
    };
    let mut config = Config::at(telnyx.base_url.clone(), key);
    config.timeout = telnyx.timeout_seconds.as_duration();
    config.connect_timeout = config.connect_timeout.min(config.timeout);
    config.user_agent = concat!("faxgate/", env!("CARGO_PKG_VERSION")).to_owned();
    let ambient = ambient.clone();
    config.retries = Retries::default().with_random(move || u32::from_be_bytes(ambient.bytes()));
    let client = Client::new(config).context("telnyx.api_key or telnyx.base_url cannot be used")?;
    Ok(Some(client))
}

/// The application that sends and receives.
pub(crate) fn connection(settings: &Settings) -> anyhow::Result<ConnectionId> {
    let id = settings.telnyx.connection_id.as_deref();
    id.map(ConnectionId::from)
        .context("telnyx.connection_id is needed with telnyx.api_key")
}

/// The account, for its numbers and the media of what it received; `None` when there is no key.
pub(crate) fn account(
    settings: &Settings,
    ambient: &Ambient,
) -> anyhow::Result<Option<Arc<dyn Carrier>>> {
    let Some(client) = client(settings, ambient)? else {
        return Ok(None);
    };
    let account = TelnyxAccount::new(client, connection(settings)?)
        .with_settle(settings.telnyx.settle_seconds.as_duration());
    Ok(Some(Arc::new(account)))
}

/// The line of the account.
pub(crate) fn lane(
    settings: &Settings,
    client: Client,
    app: &App,
    switchboard: &Switchboard,
) -> anyhow::Result<Lane> {
    let telnyx = &settings.telnyx;
    let public_url = public_url(settings);
    if public_url.is_none() {
        tracing::info!(
            "documents go to Telnyx with each order, and its events go where the application says: server.public_url is not set, \
             or not one that Telnyx could reach"
        );
    }
    let config = telnyx::Config {
        connection: connection(settings)?,
        // Another process may be the one that is asked: without a common secret it could not tell our links from others'.
        links: settings.server.secret.is_some(),
        public_url,
        settle: telnyx.settle_seconds.as_duration(),
    };
    let limits = Limits {
        channels: telnyx.max_channels as usize,
        calls_per_second: telnyx.calls_per_second,
        cost_per_minute: settings.cost.per_minute.millionths(),
        weight: telnyx.weight,
        ringing: telnyx.patience_seconds.as_duration(),
    };
    let transport = Telnyx::start(config, client, app.clone(), switchboard.clone());
    let lane = Lane::new(transport, ClaimScope::Real, limits).with_patience(PATIENCE);
    Ok(lane.with_bulk_percent(settings.dispatch.bulk_percent))
}

/// Where the API reaches us. An address on this machine will do only when the API is there too.
fn public_url(settings: &Settings) -> Option<Url> {
    let url = settings.server.public_url.clone()?;
    (!is_loopback(&url) || is_loopback(&settings.telnyx.base_url)).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}
