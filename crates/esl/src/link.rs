//! A FreeSWITCH that may come and go: three connections kept up as one.

use std::fmt;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::client::Client;
use crate::connect::{connect, subscribe};
use crate::error::{Delivery, Error, Kind};
use crate::event::Event;
use crate::event_stream::{EventStream, Incoming, Nudge};
use crate::liveness::Liveness;
use crate::options::ConnectOptions;
use crate::subscription::Subscription;

/// What a [`Link`] needs to know.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    connect: ConnectOptions,
    subscription: Subscription,
    backoff: Backoff,
    dial_in_flight: usize,
    query_patience: Duration,
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
struct Clients {
    dial: Client,
    query: Client,
    nudge: Nudge,
    core_uuid: Uuid,
}

/// Does a link's work, as [`run`](Self::run): to be spawned on a runtime that outlives all users of the link.
#[must_use = "a link does nothing unless its driver runs"]
pub struct LinkDriver {
    options: LinkOptions,
    random: Box<dyn FnMut() -> u32 + Send + Sync>,
    state: watch::Sender<Option<Clients>>,
    notices: mpsc::Sender<Notice>,
}

impl fmt::Debug for LinkDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkDriver")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// A link and its two other parts. `random` gives the jitter of the backoff, uniform over all of `u32`.
    pub fn new(
        options: LinkOptions,
        random: impl FnMut() -> u32 + Send + Sync + 'static,
    ) -> (Self, Notices, LinkDriver) {
        let (sender, state) = watch::channel(None);
        // Small: the bounded queue that reports overflow is the event stream's, before this.
        let (notices, receiver) = mpsc::channel(32);
        let driver = LinkDriver {
            options,
            random: Box::new(random),
            state: sender,
            notices,
        };
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

/// The three connections while they are up.
struct Open {
    clients: Clients,
    events: EventStream,
    connections: JoinSet<Result<(), Error>>,
}

impl LinkDriver {
    /// Connects, forwards, reconnects, until [`Notices`] is dropped.
    pub async fn run(mut self) {
        let mut failures = 0;
        let mut told: Option<String> = None;
        let mut previous = None;
        loop {
            let opened = tokio::select! {
                opened = self.open() => opened,
                () = self.notices.closed() => return,
            };
            let reason = match opened {
                Err(reason) => reason,
                Ok(open) => {
                    let since = Instant::now();
                    let core_uuid = open.clients.core_uuid;
                    let Some(reason) = self.carry(open, previous.replace(core_uuid)).await else {
                        return;
                    };
                    told = None;
                    if since.elapsed() >= self.options.backoff.longest {
                        failures = 0;
                    }
                    reason
                }
            };
            // The same failure again and again is told once.
            let text = reason.to_string();
            if told.as_ref() != Some(&text) {
                if self.notices.send(Notice::Down { reason }).await.is_err() {
                    return;
                }
                told = Some(text);
            }
            let delay = self.options.backoff.delay(failures, (self.random)());
            failures = failures.saturating_add(1);
            tokio::select! {
                () = sleep(delay) => {}
                () = self.notices.closed() => return,
            }
        }
    }

    async fn open(&self) -> Result<Open, Error> {
        let options = &self.options;
        let dialling = options.connect.clone().in_flight(options.dial_in_flight);
        let mut asking = options.connect.clone();
        asking.liveness = Liveness {
            patience: options.query_patience,
            ..asking.liveness
        };
        asking.reply_timeout = asking.reply_timeout.max(options.query_patience);
        let ((dial, dialling), (query, asking), (events, following)) = tokio::try_join!(
            connect(&dialling),
            connect(&asking),
            subscribe(&options.connect, &options.subscription),
        )?;
        let mut connections = JoinSet::new();
        connections.spawn(dialling);
        connections.spawn(asking);
        connections.spawn(following);
        let (core_uuid, other) = tokio::try_join!(dial.core_uuid(), query.core_uuid())?;
        if core_uuid != other {
            return Err(Error::protocol(
                "connections lead to different freeswitches",
            ));
        }
        let nudge = events.nudge();
        Ok(Open {
            clients: Clients {
                dial,
                query,
                nudge,
                core_uuid,
            },
            events,
            connections,
        })
    }

    /// Forwards events until a connection ends, and then those that were still waiting. `None` if nobody reads.
    async fn carry(&self, open: Open, previous: Option<Uuid>) -> Option<Error> {
        let Open {
            clients,
            mut events,
            mut connections,
        } = open;
        let mut next = Some(Notice::Up {
            core_uuid: clients.core_uuid,
            previous,
            client: clients.dial.clone(),
        });
        self.state.send_replace(Some(clients));
        let mut reason = None;
        loop {
            let forward = async {
                let notice = match next.take() {
                    Some(notice) => notice,
                    None => match events.next().await? {
                        Incoming::Event(event) => Notice::Event(event),
                        Incoming::Resync { lost } => Notice::Resync { lost },
                    },
                };
                Some(self.notices.send(notice).await.is_ok())
            };
            tokio::pin!(forward);
            let forwarded = loop {
                tokio::select! {
                    forwarded = &mut forward => break forwarded,
                    ended = connections.join_next(), if reason.is_none() => {
                        // Known to all users before the reader of notices gets there.
                        self.state.send_replace(None);
                        connections.abort_all();
                        reason = Some(ending(ended));
                    }
                    () = self.notices.closed() => {
                        self.state.send_replace(None);
                        return None;
                    }
                }
            };
            match forwarded {
                Some(true) => {}
                Some(false) => {
                    self.state.send_replace(None);
                    return None;
                }
                None => break,
            }
        }
        self.state.send_replace(None);
        match reason {
            Some(reason) => Some(reason),
            None => Some(ending(connections.join_next().await)),
        }
    }
}

fn ending(ended: Option<Result<Result<(), Error>, tokio::task::JoinError>>) -> Error {
    match ended {
        Some(Ok(Err(error))) => error,
        _ => Error::new(Kind::Closed, Delivery::NotSent),
    }
}
