//! Transactions that say whose they are.

use std::ops::{Deref, DerefMut};

use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection as _, TransactionManager as _};
use faxgate_types::TenantId;

use crate::connection::{Conn, Db, Pools};
use crate::error::{DbError, DbResult};
use crate::sqlite::Lent;
use crate::wake::{Bell, Pending, Wake};

/// A transaction. Dropping it without [`Tx::commit`] rolls back and frees every lock at once: by closing the connection (a pool
/// looks at one only when it next hands it out; until then an open transaction would keep its locks), or, where SQLite's one
/// writer goes on to others, by a task on the main runtime.
///
/// A transaction in which a statement failed, or was given up half-way, cannot be committed any more, on either database.
/// (PostgreSQL would answer COMMIT with a rollback, and without an error.) Nor does it take more statements: after some failures, as
/// of a full disk, SQLite has rolled back by itself, and each further statement would be a transaction of its own.
pub struct Tx {
    conn: Option<Conn>,
    /// Statements that began and have not succeeded.
    unfinished: u32,
    wakes: Pending,
    /// On SQLite: what tells the process.
    bell: Option<Bell>,
}

/// A [`Tx`] that sees every tenant. Queries that cross tenants ask for it by name.
pub struct System(Tx);

#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}

impl Db {
    /// Reads as one tenant.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self, tenant: TenantId) -> DbResult<Tx> {
        self.begin(Mode::Read, Some(tenant)).await
    }

    /// Reads and writes as one tenant.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn write(&self, tenant: TenantId) -> DbResult<Tx> {
        self.begin(Mode::Write, Some(tenant)).await
    }

    /// Reads and writes across tenants, for `reason`.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn system(&self, reason: &'static str) -> DbResult<System> {
        tracing::trace!(reason, "system transaction");
        self.begin(Mode::Write, None).await.map(System)
    }

    /// Reads across tenants, for `reason`.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn system_read(&self, reason: &'static str) -> DbResult<System> {
        tracing::trace!(reason, "system transaction, reading");
        self.begin(Mode::Read, None).await.map(System)
    }

    async fn begin(&self, mode: Mode, tenant: Option<TenantId>) -> DbResult<Tx> {
        let conn = match mode {
            Mode::Read => self.pools.reader().await?,
            Mode::Write => self.pools.writer().await?,
        };
        // Guarded from here on: the caller may be dropped while BEGIN runs.
        let mut tx = Tx {
            conn: Some(conn),
            unfinished: 0,
            wakes: Pending::default(),
            bell: match &self.pools {
                Pools::Sqlite { bell, .. } => Some(bell.clone()),
                Pools::Postgres { .. } => None,
            },
        };
        match tx.open() {
            Conn::Postgres(conn) => {
                // The id is a UUID, so it needs no quoting; one round trip instead of three.
                let begin = match mode {
                    // What several statements find belongs together, as it does on SQLite.
                    Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    Mode::Write => "BEGIN; SET LOCAL synchronous_commit = on",
                };
                let sql = match tenant {
                    Some(tenant) => format!(
                        "{begin}; SET LOCAL ROLE faxgate_app; SELECT set_config('faxgate.tenant', '{tenant}', true)"
                    ),
                    None => format!("{begin}; SET LOCAL ROLE faxgate_system"),
                };
                AnsiTransactionManager::begin_transaction_sql(&mut **conn, &sql).await?;
            }
            Conn::Sqlite(Lent::Reading(conn)) => {
                let begin =
                    |conn: &mut _| SyncManager::begin_transaction_sql(conn, "BEGIN DEFERRED");
                conn.spawn_blocking(begin).await?;
            }
            Conn::Sqlite(Lent::Writing(_)) => {}
        }
        Ok(tx)
    }
}

impl Tx {
    /// Makes the changes last, and gives the connection back.
    ///
    /// # Errors
    /// When a statement of it failed, or the database refuses; then nothing was changed, unless the connection broke in the
    /// very moment: only an idempotency key can tell. SQLite commits several transactions at once, and what it then refuses
    /// it refuses to all of them; [`DbError::is_unavailable`].
    pub async fn commit(mut self) -> DbResult<()> {
        if !self.is_sound() {
            return Err(DbError::broken_transaction());
        }
        let wakes = std::mem::take(&mut self.wakes);
        if let (Some(notify), Conn::Postgres(conn)) = (wakes.notify(), self.open()) {
            conn.batch_execute(&notify).await?;
        }
        match self.open() {
            Conn::Postgres(conn) => AnsiTransactionManager::commit_transaction(&mut **conn).await?,
            Conn::Sqlite(Lent::Reading(conn)) => {
                conn.spawn_blocking(SyncManager::commit_transaction).await?;
            }
            Conn::Sqlite(Lent::Writing(member)) => member.commit().await?,
        }
        drop(self.conn.take());
        if let Some(bell) = &self.bell {
            bell.ring(&wakes);
        }
        Ok(())
    }

    /// Tells every node, when this commits, that there is something to look at; on SQLite, this process.
    pub fn wake(&mut self, wake: Wake) {
        self.wakes.insert(wake);
    }

    /// The connection, for one statement; [`Tx::succeeded`] is to be called after it, unless it failed.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.unfinished += 1;
        self.open()
    }

    /// Whether every statement so far succeeded.
    pub(crate) fn is_sound(&self) -> bool {
        self.unfinished == 0
    }

    /// The last statement succeeded.
    pub(crate) fn succeeded(&mut self) {
        self.unfinished = self.unfinished.saturating_sub(1);
    }

    fn open(&mut self) -> &mut Conn {
        #[expect(
            clippy::expect_used,
            reason = "only commit and drop take it, and both consume the Tx"
        )]
        self.conn
            .as_mut()
            .expect("the connection is there until the end")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match self.conn.take() {
            Some(Conn::Postgres(conn)) => drop(Object::take(conn)),
            Some(Conn::Sqlite(Lent::Reading(conn))) => drop(Object::take(conn)),
            Some(Conn::Sqlite(Lent::Writing(member))) => drop(member),
            None => {}
        }
    }
}

impl System {
    /// Makes the changes last, and gives the connection back.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> DbResult<()> {
        self.0.commit().await
    }
}

impl Deref for System {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.0
    }
}

impl DerefMut for System {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.0
    }
}
