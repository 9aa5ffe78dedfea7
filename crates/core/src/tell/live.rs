//! Live streams: one reader a node reads on in the logs of every tenant that somebody listens to, and hands each event to all
//! who do.
//!
//! A stream begins by reading the log itself, from where it was left, and only then takes what the reader hands out. It was on the
//! reader's list before: so nothing can come between the two, and what comes twice has a number that was seen. A stream that falls
//! behind goes back to the log. Nothing is kept for it in memory but what the reader keeps for all.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use faxgate_db::events;
use faxgate_types::TenantId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, watch};

use super::{EventType, PublicEvent};
use crate::app::App;
use crate::error::Result;

/// Events that streams may be behind the reader before they go back to the log.
const BACKLOG: usize = 256;
/// Entries that are read at once.
const PAGE: i64 = 100;
/// How often the logs are looked at although nobody rang: events of other nodes are this late when the bell is out of order.
const POLL: Duration = Duration::from_secs(1);

/// Who listens on this node.
pub(crate) struct Live {
    watched: Mutex<HashMap<TenantId, Watched>>,
    more: Notify,
    closing: watch::Sender<bool>,
}

/// A tenant that somebody listens to.
struct Watched {
    to: broadcast::Sender<Arc<PublicEvent>>,
    /// The number of the last entry that was handed out.
    position: i64,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            watched: Mutex::default(),
            more: Notify::new(),
            closing: watch::Sender::new(false),
        }
    }
}

impl Live {
    fn watched(&self) -> MutexGuard<'_, HashMap<TenantId, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the reader hand out the tenant's events behind number `tail`, or more of them.
    fn listen(&self, tenant: TenantId, tail: i64) -> broadcast::Receiver<Arc<PublicEvent>> {
        let listening = self
            .watched()
            .entry(tenant)
            .or_insert_with(|| Watched {
                to: broadcast::Sender::new(BACKLOG),
                position: tail,
            })
            .to
            .subscribe();
        self.more.notify_one();
        listening
    }

    /// Those who have listeners; the others are forgotten.
    fn positions(&self) -> HashMap<TenantId, i64> {
        let mut watched = self.watched();
        watched.retain(|_, watched| watched.to.receiver_count() > 0);
        let positions = watched.iter();
        positions.map(|(id, of)| (*id, of.position)).collect()
    }

    fn hand_out(&self, tenant: TenantId, events: Vec<PublicEvent>, position: i64) {
        if let Some(watched) = self.watched().get_mut(&tenant) {
            for event in events {
                // Nobody may listen any more; then it is forgotten soon.
                let _ = watched.to.send(Arc::new(event));
            }
            watched.position = position;
        }
    }
}

impl App {
    /// Reads on for the live streams of this node. Never ends.
    pub async fn read_for_streams(&self) {
        let mut came = self.events_came.subscribe();
        loop {
            came.mark_unchanged();
            let positions = self.live.positions();
            if positions.is_empty() {
                self.live.more.notified().await;
                continue;
            }
            match self.read_on_for(&positions).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the event logs cannot be read for live streams; they are tried again"
                ),
            }
            tokio::select! {
                _ = came.changed() => {}
                () = self.live.more.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Ends every live stream, at a stop.
    pub fn end_streams(&self) {
        self.live.closing.send_replace(true);
    }

    /// Reads a page of each log that has news. `true`: there may be more.
    async fn read_on_for(&self, positions: &HashMap<TenantId, i64>) -> Result<bool> {
        let tenants: Vec<_> = positions.keys().copied().collect();
        let mut tx = self.db.system_read("which logs have news").await?;
        let last = events::last_seqs(&mut tx, &tenants).await?;
        tx.commit().await?;
        let mut more = false;
        for (tenant, last) in last {
            let position = positions.get(&tenant).copied().unwrap_or(last);
            if last <= position {
                continue;
            }
            let mut tx = self.db.read(tenant).await?;
            let entries = events::after(&mut tx, tenant, position, PAGE).await?;
            tx.commit().await?;
            let Some(read_to) = entries.last().map(|entry| entry.seq) else {
                // They were deleted.
                self.live.hand_out(tenant, Vec::new(), last);
                continue;
            };
            more |= read_to < last;
            let public = entries
                .into_iter()
                .filter_map(|entry| PublicEvent::of(tenant, entry));
            self.live.hand_out(tenant, public.collect(), read_to);
        }
        Ok(more)
    }

    /// A tenant's events from behind number `after` on; `None`: from now on. Only of these types, if any are named.
    pub(super) async fn stream(
        &self,
        tenant: TenantId,
        after: Option<i64>,
        types: Vec<EventType>,
    ) -> Result<EventStream> {
        let mut tx = self.db.read(tenant).await?;
        let tail = events::last_seq(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(EventStream {
            listening: self.live.listen(tenant, tail),
            closing: self.live.closing.subscribe(),
            app: self.clone(),
            tenant,
            types,
            seen: after.unwrap_or(tail),
            ready: VecDeque::new(),
            is_behind: true,
        })
    }
}

/// A tenant's events as they happen, each once, in order.
pub struct EventStream {
    app: App,
    tenant: TenantId,
    types: Vec<EventType>,
    listening: broadcast::Receiver<Arc<PublicEvent>>,
    closing: watch::Receiver<bool>,
    /// The number of the last entry that was taken.
    seen: i64,
    /// What was read from the log itself.
    ready: VecDeque<Arc<PublicEvent>>,
    is_behind: bool,
}

impl EventStream {
    /// The next event; `None`: the gateway stops. When it is dropped half-way, nothing is lost.
    ///
    /// # Errors
    /// When the log cannot be read; it may be asked again.
    pub async fn next(&mut self) -> Result<Option<Arc<PublicEvent>>> {
        loop {
            let event = match self.ready.pop_front() {
                Some(event) => event,
                None if *self.closing.borrow() => return Ok(None),
                None if self.is_behind => {
                    self.read().await?;
                    continue;
                }
                None => match self.hear().await {
                    Some(event) => event,
                    None => continue,
                },
            };
            if self.types.is_empty() || self.types.contains(&event.kind) {
                return Ok(Some(event));
            }
        }
    }

    pub(super) fn of(&self) -> (App, TenantId) {
        (self.app.clone(), self.tenant)
    }

    pub(super) fn go_back_to(&mut self, seq: i64) {
        self.seen = seq;
        self.ready.clear();
        self.is_behind = true;
    }

    /// Takes what the reader hands out.
    async fn hear(&mut self) -> Option<Arc<PublicEvent>> {
        let heard = tokio::select! {
            heard = self.listening.recv() => heard,
            _ = self.closing.wait_for(|closing| *closing) => return None,
        };
        match heard {
            Ok(event) if event.seq > self.seen => {
                self.seen = event.seq;
                Some(event)
            }
            Ok(_) => None,
            Err(RecvError::Lagged(_) | RecvError::Closed) => {
                self.is_behind = true;
                None
            }
        }
    }

    /// Takes a page of the log.
    async fn read(&mut self) -> Result<()> {
        let mut tx = self.app.db.read(self.tenant).await?;
        let entries = events::after(&mut tx, self.tenant, self.seen, PAGE).await?;
        tx.commit().await?;
        // The reader hands out what comes behind the page.
        self.is_behind = i64::try_from(entries.len()).is_ok_and(|count| count == PAGE);
        for entry in entries {
            self.seen = entry.seq;
            let event = PublicEvent::of(self.tenant, entry);
            self.ready.extend(event.map(Arc::new));
        }
        Ok(())
    }
}
