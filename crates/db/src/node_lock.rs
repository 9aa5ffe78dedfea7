//! One living process to a node's name: two of one name would both take its leases for their own.

use std::error::Error;
use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_postgres::{Client, Config};

use crate::connection::{Db, Pools};
use crate::error::{DbError, DbResult};
use crate::postgres;

/// How often to ask again for what another process holds, and for a server that does not answer.
const PAUSE: Duration = Duration::from_millis(100);

/// The session's lock on a name, as one number.
const KEY: &str = "hashtextextended('faxgate node ' || $1, 0)";

/// A server that has lost us frees the name after idle + count * interval = 25 seconds.
const NOTICE_OUR_END: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// The right to be the one process of a node's name. It ends when this is dropped, and with the process, however it ends.
pub struct NodeLock(Held);

enum Held {
    File(#[expect(dead_code, reason = "closing it frees the lock")] File),
    Session {
        keeping: AbortHandle,
        lost: watch::Receiver<bool>,
    },
}

impl Db {
    /// Takes the node's name for this process, and waits up to `patience` for another process to let go of it.
    ///
    /// PostgreSQL holds it with a session of its own, which is opened again when it breaks. SQLite has one dispatching process
    /// to a database file, whatever the name: it locks `<file>.node` (`flock`).
    ///
    /// # Errors
    /// [`DbError::is_node_taken`] when another process has it still; [`DbError::is_unavailable`] when the database does not
    /// answer that long.
    pub async fn hold_node(&self, name: &str, patience: Duration) -> DbResult<NodeLock> {
        let until = Instant::now() + patience;
        match &self.pools {
            Pools::Sqlite { path, .. } => hold_file(&format!("{path}.node"), until).await,
            Pools::Postgres { server, .. } => {
                let (held, holding) = oneshot::channel();
                let (losing, lost) = watch::channel(false);
                let keeper = Keeper {
                    server: server.clone(),
                    name: name.to_owned(),
                    until,
                    waiting: Some(held),
                    former: None,
                };
                let keeping = self.main.spawn(async move {
                    keeper.keep().await;
                    losing.send_replace(true);
                });
                // Guarded from here on: the caller may be dropped while it waits.
                let lock = NodeLock(Held::Session {
                    keeping: keeping.abort_handle(),
                    lost,
                });
                holding.await.map_err(DbError::unavailable)??;
                Ok(lock)
            }
        }
    }
}

impl NodeLock {
    /// Returns when the name is another process's: the session broke, and the other was there first. Until then it waits.
    pub async fn lost(&self) {
        match &self.0 {
            Held::File(_) => std::future::pending().await,
            Held::Session { lost, .. } => {
                // The keeper ends only after it has said so.
                let _ = lost.clone().wait_for(|lost| *lost).await;
            }
        }
    }
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        if let Held::Session { keeping, .. } = &self.0 {
            keeping.abort();
        }
    }
}

async fn hold_file(path: &str, until: Instant) -> DbResult<NodeLock> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(DbError::unavailable)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(NodeLock(Held::File(file))),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                return Err(DbError::node_is_taken());
            }
            Err(TryLockError::WouldBlock) => pause(until).await,
            Err(TryLockError::Error(error)) => return Err(DbError::unavailable(error)),
        }
    }
}

async fn pause(until: Instant) {
    sleep_until(until.min(Instant::now() + PAUSE)).await;
}

/// Keeps the session that holds the name.
struct Keeper {
    server: Arc<Config>,
    name: String,
    /// When to give up waiting for the first time.
    until: Instant,
    /// Who waits for it.
    waiting: Option<oneshot::Sender<DbResult<()>>>,
    /// The server's process for the session that had it last.
    former: Option<i32>,
}

/// How a session ended.
enum End {
    /// Another process has the name.
    Taken,
    Broken(Box<dyn Error + Send + Sync>),
}

impl Keeper {
    /// Returns when the name is another's.
    async fn keep(mut self) {
        loop {
            let end = self.session().await;
            let gives_up = Instant::now() >= self.until;
            match (self.waiting.take_if(|_| gives_up), end) {
                // A caller who is gone has dropped the lock too.
                (Some(waiting), End::Taken) => drop(waiting.send(Err(DbError::node_is_taken()))),
                (Some(waiting), End::Broken(error)) => {
                    drop(waiting.send(Err(DbError::unavailable(error))));
                }
                (None, End::Taken) => {
                    tracing::error!(
                        node = self.name,
                        "another process runs under this node's name"
                    );
                }
                (None, End::Broken(error)) => {
                    let error = error.to_string();
                    tracing::warn!(
                        node = self.name,
                        error,
                        "the node's name is not held just now"
                    );
                    sleep(PAUSE).await;
                    continue;
                }
            }
            return;
        }
    }

    /// Opens a session, takes the name and holds it for as long as the session lasts.
    async fn session(&mut self) -> End {
        match postgres::connect(&self.server.clone()).await {
            Err(error) => End::Broken(error.into()),
            Ok((client, connection)) => tokio::select! {
                ended = connection => End::Broken(match ended {
                    Ok(()) => "the server closed it".into(),
                    Err(error) => error.into(),
                }),
                end = self.hold(&client) => end.unwrap_or_else(|error| End::Broken(error.into())),
            },
        }
    }

    async fn hold(&mut self, client: &Client) -> Result<End, tokio_postgres::Error> {
        client.batch_execute(NOTICE_OUR_END).await?;
        let take =
            format!("SELECT CASE WHEN pg_try_advisory_lock({KEY}) THEN pg_backend_pid() END");
        loop {
            let taken: Option<i32> = client.query_one(&take, &[&self.name]).await?.get(0);
            if taken.is_some() {
                self.former = taken;
                break;
            }
            if !self.end_former(client).await? {
                if self.waiting.is_none() || Instant::now() >= self.until {
                    return Ok(End::Taken);
                }
                pause(self.until).await;
            }
        }
        if let Some(waiting) = self.waiting.take() {
            // A caller who is gone has dropped the lock too.
            let _ = waiting.send(Ok(()));
        }
        std::future::pending().await
    }

    /// Ends our own session before this one, if that is who has the name: we lost it, and the server does not know yet.
    async fn end_former(&mut self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        let Some(former) = self.former else {
            return Ok(false);
        };
        let end = format!(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND classid::bigint << 32 | objid::bigint = {KEY} AND pid = $2"
        );
        let ended = client.query(&end, &[&self.name, &former]).await?;
        Ok(!ended.is_empty())
    }
}
