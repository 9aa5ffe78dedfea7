//! A FreeSWITCH that may come and go: three connections kept up as one.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::client::Client;
use crate::connector::{Connector, Stream};
use crate::error::{Delivery, Error, Kind};
use crate::event::Event;
use crate::event_stream::Nudge;
use crate::link_driver::LinkDriver;
use crate::options::ConnectOptions;
use crate::subscription::Subscription;

/// What a [`Link`] needs to know.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    pub(crate) connect: ConnectOptions,
    pub(crate) subscription: Subscription,
    pub(crate) backoff: Backoff,
    pub(crate) dial_in_flight: usize,
    pub(crate) query_patience: Duration,
}

impl LinkOptions {
    /// Where to connect, and the events to follow.
    pub fn new(connect: ConnectOptions, subscription: Subscription) -> Self {
        Self {
            connect,
            subscription,
            backoff: Backoff::default(),
            dial_in_flight: 16,
            query_patience: Duration::from_secs(60),
        }
    }

    /// How long to wait between attempts to connect.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Most commands on the dialling connection that were sent and not yet acknowledged. 16 unless set: what
    /// waits behind them here can still be late, what waits in FreeSWITCH's socket can not.
    #[must_use]
    pub fn dial_in_flight(mut self, commands: usize) -> Self {
        self.dial_in_flight = commands;
        self
    }

    /// How long a command on the query connection may take. 60 seconds unless set.
    #[must_use]
    pub fn query_patience(mut self, patience: Duration) -> Self {
        self.query_patience = patience;
        self
    }
}

/// What happens on a [`Link`], in order. Events and their `Resync` lie between an `Up` and the next `Down`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// All three connections are up and the subscription is confirmed. Whatever happened since the last `Down`
    /// was not seen: reconcile.
    Up {
        /// Which run of FreeSWITCH this is.
        core_uuid: Uuid,
        /// The run before, if the link was up before. If it differs, FreeSWITCH restarted and all its calls are gone.
        previous: Option<Uuid>,
        /// The dialling client, the same that [`Link::client`] now gives.
        client: Client,
    },
    /// An event.
    Event(Event),
    /// Events were lost here: reconcile.
    Resync {
        /// How many.
        lost: u64,
    },
    /// A connection ended, and with it the others; or connecting failed for another reason than last time.
    Down {
        /// Why.
        reason: Error,
    },
}

/// The reader of a link's [`Notice`]s. Dropping it ends the link.
#[derive(Debug)]
#[must_use = "a link waits for its notices to be read"]
pub struct Notices(mpsc::Receiver<Notice>);

impl Notices {
    /// The next notice; `None` once the driver has been dropped. Safe to cancel.
    pub async fn next(&mut self) -> Option<Notice> {
        self.0.recv().await
    }
}

/// Keeps a dialling, a query and an events connection to one FreeSWITCH: they are up together or not at all.
///
/// - The **dialling** connection subscribes to nothing and is meant for `bgapi` alone, so that nothing can hold up
///   an originate between the kernel and FreeSWITCH.
/// - The **query** connection is for `api`, slow ones too.
/// - The **events** connection sends nothing but probes.
///
/// While the link is down, asking for a client is an error at once; nothing waits.
#[derive(Debug, Clone)]
pub struct Link {
    state: watch::Receiver<Option<Clients>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) dial: Client,
    pub(crate) query: Client,
    pub(crate) nudge: Nudge,
    pub(crate) core_uuid: Uuid,
}

impl Link {
    /// A link and its two other parts. `random` gives the jitter of the backoff, uniform over all of `u32`.
    pub fn new(
        options: LinkOptions,
        random: impl FnMut() -> u32 + Send + 'static,
    ) -> (Self, Notices, LinkDriver) {
        let connector = Connector::tcp(&options.connect);
        Self::start(options, connector, random)
    }

    /// A link over streams that `open` makes, three for each try: a tunnel, a Unix socket, or memory in a test. Like
    /// [`connect_with`](crate::connect_with)'s they must not buffer what is written.
    pub fn over<F, S>(
        options: LinkOptions,
        open: impl Fn() -> F + Send + Sync + 'static,
        random: impl FnMut() -> u32 + Send + 'static,
    ) -> (Self, Notices, LinkDriver)
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: Stream + 'static,
    {
        Self::start(options, Connector::new(open), random)
    }

    fn start(
        options: LinkOptions,
        connector: Connector,
        random: impl FnMut() -> u32 + Send + 'static,
    ) -> (Self, Notices, LinkDriver) {
        let (sender, state) = watch::channel(None);
        // Small: the bounded queue that reports overflow is the event stream's, before this.
        let (notices, receiver) = mpsc::channel(32);
        let driver = LinkDriver::new(options, connector, Box::new(random), sender, notices);
        (Self { state }, Notices(receiver), driver)
    }

    /// The client that dials.
    ///
    /// # Errors
    /// [`Error::is_down`] if there is no connection now.
    pub fn client(&self) -> Result<Client, Error> {
        self.clients().map(|clients| clients.dial)
    }

    /// The client for questions, which may be slow ones.
    ///
    /// # Errors
    /// [`Error::is_down`] if there is no connection now.
    pub fn query(&self) -> Result<Client, Error> {
        self.clients().map(|clients| clients.query)
    }

    /// The run of FreeSWITCH that the link is connected to. `None` while it is down.
    pub fn core_uuid(&self) -> Option<Uuid> {
        self.clients().ok().map(|clients| clients.core_uuid)
    }

    /// True if the link is up.
    pub fn is_up(&self) -> bool {
        self.clients().is_ok()
    }

    /// Waits until the link is up.
    ///
    /// # Errors
    /// [`Error::is_down`] if the driver has ended.
    pub async fn up(&self) -> Result<(), Error> {
        let mut state = self.state.clone();
        match state.wait_for(Option::is_some).await {
            Ok(_) => Ok(()),
            Err(_) => Err(down()),
        }
    }

    /// Makes FreeSWITCH send the events it holds now instead of within 20 ms; see [`Nudge`].
    pub fn nudge(&self) {
        if let Ok(clients) = self.clients() {
            clients.nudge.nudge();
        }
    }

    fn clients(&self) -> Result<Clients, Error> {
        let clients = self.state.borrow().clone().ok_or_else(down)?;
        if clients.dial.is_closed() || clients.query.is_closed() {
            return Err(down());
        }
        Ok(clients)
    }
}

fn down() -> Error {
    Error::new(Kind::Down, Delivery::NotSent)
}
