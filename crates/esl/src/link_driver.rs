//! The work behind a [`Link`](crate::Link): connect, forward, notice the end, connect again.

use std::fmt;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::connect::{connect_by, in_time, subscribe_by};
use crate::connector::Connector;
use crate::error::{Delivery, Error, Kind};
use crate::event_stream::{EventStream, Incoming};
use crate::link::{Clients, LinkOptions, Notice};
use crate::liveness::Liveness;

type Random = Box<dyn FnMut() -> u32 + Send>;

/// Does the work of a [`Link`](crate::Link), as [`run`](Self::run): to be spawned on a runtime that outlives all users of the link.
#[must_use = "a link does nothing unless its driver runs"]
pub struct LinkDriver {
    options: LinkOptions,
    connector: Connector,
    random: Random,
    outlets: Outlets,
}

/// Where a link's users look.
struct Outlets {
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

/// The three connections while they are up.
struct Open {
    clients: Clients,
    events: EventStream,
    connections: JoinSet<Result<(), Error>>,
}

impl LinkDriver {
    pub(crate) fn new(
        options: LinkOptions,
        connector: Connector,
        random: Random,
        state: watch::Sender<Option<Clients>>,
        notices: mpsc::Sender<Notice>,
    ) -> Self {
        Self {
            options,
            connector,
            random,
            outlets: Outlets { state, notices },
        }
    }

    /// Connects, forwards, reconnects, until [`Notices`](crate::Notices) is dropped.
    pub async fn run(mut self) {
        let mut failures = 0;
        let mut told: Option<String> = None;
        let mut previous = None;
        loop {
            let opened = tokio::select! {
                opened = open(&self.options, &self.connector) => opened,
                () = self.outlets.notices.closed() => return,
            };
            let reason = match opened {
                Err(reason) => reason,
                Ok(open) => {
                    let since = Instant::now();
                    let core_uuid = open.clients.core_uuid;
                    let Some(reason) = self.outlets.carry(open, previous.replace(core_uuid)).await
                    else {
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
                if self
                    .outlets
                    .notices
                    .send(Notice::Down { reason })
                    .await
                    .is_err()
                {
                    return;
                }
                told = Some(text);
            }
            let delay = self.options.backoff.delay(failures, (self.random)());
            failures = failures.saturating_add(1);
            tokio::select! {
                () = sleep(delay) => {}
                () = self.outlets.notices.closed() => return,
            }
        }
    }
}

async fn open(options: &LinkOptions, connector: &Connector) -> Result<Open, Error> {
    let dialling = options.connect.clone().in_flight(options.dial_in_flight);
    let mut asking = options.connect.clone();
    asking.liveness = Liveness {
        patience: options.query_patience,
        ..asking.liveness
    };
    asking.reply_timeout = asking.reply_timeout.max(options.query_patience);
    let ((dial, dialling), (query, asking), (events, following)) = tokio::try_join!(
        connect_by(connector, &dialling),
        connect_by(connector, &asking),
        subscribe_by(connector, &options.connect, &options.subscription),
    )?;
    let mut connections = JoinSet::new();
    connections.spawn(dialling);
    connections.spawn(asking);
    connections.spawn(following);
    // The patience that the query connection has for slow questions must not keep a link that never came up waiting.
    let (core_uuid, other) = in_time(&options.connect, async {
        tokio::try_join!(dial.core_uuid(), query.core_uuid())
    })
    .await?;
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

impl Outlets {
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

fn ending(ended: Option<Result<Result<(), Error>, JoinError>>) -> Error {
    match ended {
        Some(Ok(Err(error))) => error,
        _ => Error::new(Kind::Closed, Delivery::NotSent),
    }
}
