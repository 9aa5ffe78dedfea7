//! Transactions that say whose they are.

use std::ops::{Deref, DerefMut};

use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, TransactionManager as _};
use faxgate_types::TenantId;

use crate::connection::{Conn, Db};
use crate::error::DbResult;

/// A transaction. Dropping it without [`Tx::commit`] closes its connection, which rolls back and frees every lock at once.
/// (A pool looks at a connection only when it next hands it out; until then an open transaction would keep its locks.)
pub struct Tx(Option<Conn>);

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
        let mut tx = Tx(Some(conn));
        match tx.conn() {
            Conn::Postgres(conn) => {
                // The id is a UUID, so it needs no quoting; one round trip instead of three.
                let sql = match tenant {
                    Some(tenant) => format!(
                        "BEGIN; SET LOCAL ROLE faxgate_app; SELECT set_config('faxgate.tenant', '{tenant}', true)"
                    ),
                    None => "BEGIN; SET LOCAL ROLE faxgate_system".to_owned(),
                };
                AnsiTransactionManager::begin_transaction_sql(&mut **conn, &sql).await?;
            }
            Conn::Sqlite(conn) => {
                let sql = match mode {
                    Mode::Read => "BEGIN DEFERRED",
                    Mode::Write => "BEGIN IMMEDIATE",
                };
                conn.spawn_blocking(move |conn| SyncManager::begin_transaction_sql(conn, sql))
                    .await?;
            }
        }
        Ok(tx)
    }
}

impl Tx {
    /// Makes the changes last, and gives the connection back.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed, unless the connection broke in the very moment: only an
    /// idempotency key can tell.
    pub async fn commit(mut self) -> DbResult<()> {
        match self.conn() {
            Conn::Postgres(conn) => AnsiTransactionManager::commit_transaction(&mut **conn).await?,
            Conn::Sqlite(conn) => conn.spawn_blocking(SyncManager::commit_transaction).await?,
        }
        drop(self.0.take());
        Ok(())
    }

    pub(crate) fn conn(&mut self) -> &mut Conn {
        #[expect(
            clippy::expect_used,
            reason = "only commit and drop take it, and both consume the Tx"
        )]
        self.0
            .as_mut()
            .expect("the connection is there until the end")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Conn::Postgres(conn)) => drop(Object::take(conn)),
            Some(Conn::Sqlite(conn)) => drop(Object::take(conn)),
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
