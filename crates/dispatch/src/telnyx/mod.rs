//! Telnyx' fax API as a line: orders by HTTP, results from webhooks, and from asking when those stay away.
//!
//! There is no "do this unless you did it already" here. What takes its place is the attempt's id, which travels with the
//! order (`client_state`) and comes back in every list and event.

mod account;
mod decline;
mod departure;
mod events;
mod ids;
mod order;
mod rest;
mod search;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::App;
use faxgate_telnyx::{Client, ConnectionId};
use tokio::task::JoinSet;
use url::Url;

use crate::switchboard::Switchboard;

pub use account::TelnyxAccount;

/// The line's name.
pub const LANE: &str = "telnyx";

/// How Telnyx is used.
#[derive(Clone, Debug)]
pub struct Config {
    /// The fax application that sends.
    pub connection: ConnectionId,
    /// Where Telnyx reaches us: events are posted there. `None`: they go wherever the application says.
    pub public_url: Option<Url>,
    /// Whether it fetches documents there too; else, and without an address, they go with the order.
    pub links: bool,
    /// How long to wait, twice, before a fax that is not listed counts as never taken.
    pub settle: Duration,
}

/// Telnyx as a [`Transport`](faxgate_core::Transport).
pub struct Telnyx {
    office: Arc<Office>,
    _tasks: JoinSet<()>,
}

/// What everything that has to do with the account shares.
struct Office {
    config: Config,
    client: Client,
    app: App,
    switchboard: Switchboard,
    rest: rest::Rest,
    ids: ids::Ids,
}

impl Office {
    /// How long after its deadline an order of so many pages may still be leaving, from any node.
    fn may_take(&self, pages: u32) -> Duration {
        match self.config.public_url.is_some() && self.config.links {
            true => Duration::ZERO,
            false => departure::longest(pages),
        }
    }
}

impl Telnyx {
    /// A line of this account. Call it on the main runtime.
    #[must_use]
    pub fn start(config: Config, client: Client, app: App, switchboard: Switchboard) -> Arc<Self> {
        let office = Arc::new(Office {
            config,
            client,
            app,
            switchboard,
            rest: rest::Rest::default(),
            ids: ids::Ids::default(),
        });
        let mut tasks = JoinSet::new();
        let (app, following) = (office.app.clone(), Arc::clone(&office));
        tasks.spawn(async move {
            let follow = || events::follow(Arc::clone(&following));
            app.supervise("events of Telnyx", follow).await;
        });
        Arc::new(Self {
            office,
            _tasks: tasks,
        })
    }
}
