//! Telling every node that there is something to look at: PostgreSQL's LISTEN and NOTIFY; on SQLite, which has one node, a bell
//! within the process.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Config};

use crate::connection::{Db, Pools};
use crate::postgres;

/// A channel belongs to one database.
const LISTEN: &str = "LISTEN faxgate";
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Items that are due now.
    Queue,
    /// A fax that is to be canceled.
    Cancel,
    /// Jobs that are due now.
    Jobs,
    /// A call record that came in.
    CallRecord,
    /// A carrier's event that came in.
    CarrierEvent,
    /// Entries of an event log.
    Events,
    /// All of these: notices may have been missed.
    Everything,
}

const ALL: [(Wake, &str); 7] = [
    (Wake::Queue, "queue"),
    (Wake::Cancel, "cancel"),
    (Wake::Jobs, "jobs"),
    (Wake::CallRecord, "call_record"),
    (Wake::CarrierEvent, "carrier_event"),
    (Wake::Events, "events"),
    (Wake::Everything, "everything"),
];

impl Wake {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a transaction tells when it commits.
#[derive(Default)]
pub(crate) struct Pending(u8);

impl Pending {
    pub(crate) fn insert(&mut self, wake: Wake) {
        self.0 |= wake.bit();
    }

    /// The statement that tells it, if there is anything to tell.
    pub(crate) fn notify(&self) -> Option<String> {
        let told = ALL.iter().filter(|(wake, _)| self.0 & wake.bit() != 0);
        let calls: Vec<String> = told
            .map(|(_, payload)| format!("pg_notify('faxgate', '{payload}')"))
            .collect();
        (!calls.is_empty()).then(|| format!("SELECT {}", calls.join(", ")))
    }
}

/// Whoever listens in this process, on SQLite.
#[derive(Clone, Default)]
pub(crate) struct Bell(Arc<Mutex<Vec<Weak<Heard>>>>);

impl Bell {
    fn add(&self, heard: &Arc<Heard>) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(heard));
    }

    /// Tells what a transaction had to tell, once it is committed.
    pub(crate) fn ring(&self, pending: &Pending) {
        if pending.0 == 0 {
            return;
        }
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for heard in listeners.iter().filter_map(Weak::upgrade) {
            heard.bits.fetch_or(pending.0, Ordering::AcqRel);
            heard.more.notify_one();
        }
    }
}

/// What the nodes tell one another, this one included. Dropping it ends the listening.
///
/// Notices of one kind that nobody has taken yet are one notice. On PostgreSQL, after every connection to the server, the first one
/// too, there is a [`Wake::Everything`].
pub struct Wakes {
    heard: Arc<Heard>,
    /// None on SQLite.
    listening: Option<AbortHandle>,
}

#[derive(Default)]
struct Heard {
    bits: AtomicU8,
    more: Notify,
}

impl Db {
    /// Listens: on PostgreSQL on a connection of its own on the main runtime, on SQLite to what this process commits.
    #[must_use]
    pub fn wakes(&self) -> Wakes {
        let heard = Arc::<Heard>::default();
        let listening = match &self.pools {
            Pools::Sqlite { bell, .. } => {
                bell.add(&heard);
                None
            }
            Pools::Postgres { server, .. } => {
                let task = listen_for_ever(server.clone(), heard.clone());
                Some(self.main.spawn(task).abort_handle())
            }
        };
        Wakes { heard, listening }
    }
}

impl Wakes {
    /// The next notice. Nothing is lost when the caller is dropped.
    pub async fn next(&mut self) -> Wake {
        loop {
            let more = self.heard.more.notified();
            if let Some(wake) = self.heard.take() {
                return wake;
            }
            more.await;
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

impl Heard {
    fn tell(&self, wake: Wake) {
        self.bits.fetch_or(wake.bit(), Ordering::AcqRel);
        self.more.notify_one();
    }

    fn take(&self) -> Option<Wake> {
        let everything = Wake::Everything.bit();
        let taken = |bits: u8| match bits {
            0 => None,
            bits if bits & everything != 0 => Some(0),
            // Without the lowest.
            bits => Some(bits & (bits - 1)),
        };
        let before = self
            .bits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, taken)
            .ok()?;
        if before & everything != 0 {
            return Some(Wake::Everything);
        }
        let lowest = before & before.wrapping_neg();
        ALL.iter()
            .find(|(wake, _)| wake.bit() == lowest)
            .map(|(wake, _)| *wake)
    }
}

async fn listen_for_ever(server: Arc<Config>, heard: Arc<Heard>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let mut listened = false;
        let error = match listen(&server, &heard, &mut listened).await {
            Ok(()) => "the server closed the connection".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(error, "no notices from the database; polling goes on");
        if listened {
            pause = FIRST_PAUSE;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Listens until the connection breaks.
async fn listen(
    server: &Config,
    heard: &Heard,
    listened: &mut bool,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = postgres::connect(server).await?;
    let mut start = pin!(client.batch_execute(LISTEN));
    loop {
        tokio::select! {
            started = &mut start, if !*listened => {
                started?;
                *listened = true;
                heard.tell(Wake::Everything);
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                Some(Ok(AsyncMessage::Notification(notice))) => {
                    let told = ALL.iter().find(|(_, payload)| *payload == notice.payload());
                    // A newer program may tell what this one does not know.
                    heard.tell(told.map_or(Wake::Everything, |(wake, _)| *wake));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }
}
