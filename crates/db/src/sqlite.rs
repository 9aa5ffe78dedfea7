//! Connections to a SQLite file, on the main runtime.

use std::ops::{Deref, DerefMut};

use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use tokio::runtime::Handle;

use crate::connection::Sqlite;
use crate::error::{DbError, DbResult};
use crate::on_main::OnMain;
use crate::writer::Member;

const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON;";

/// What a reader cannot do by mistake: a second writer would meet "database is locked".
const READ_ONLY: &str = "PRAGMA query_only = ON;";

/// A connection that a transaction has.
pub(crate) enum Lent {
    /// By the pool of readers.
    Reading(Object<Sqlite>),
    /// By the writer; the transaction has begun.
    Writing(Member),
}

/// Opens a connection, prepared with the usual pragmas and `more`.
pub(crate) async fn open(
    main: &Handle,
    path: &str,
    more: &'static str,
) -> ConnectionResult<Sqlite> {
    let path = path.to_owned();
    let opening = main.spawn_blocking(move || -> ConnectionResult<_> {
        let mut conn = SqliteConnection::establish(&path)?;
        conn.batch_execute(PRAGMAS)
            .and_then(|()| conn.batch_execute(more))
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    });
    let conn = opening
        .await
        .map_err(|e| ConnectionError::BadConnection(e.to_string()))??;
    Ok(SyncConnectionWrapper::with_runtime(
        conn,
        OnMain(main.clone()),
    ))
}

/// Connections that only read.
pub(crate) fn readers(path: &str, size: usize) -> DbResult<Pool<Sqlite>> {
    let main = Handle::current();
    let mut config = ManagerConfig::<Sqlite>::default();
    config.custom_setup = Box::new(move |path| {
        let (main, path) = (main.clone(), path.to_owned());
        Box::pin(async move { open(&main, &path, READ_ONLY).await })
    });
    let manager = AsyncDieselConnectionManager::<Sqlite>::new_with_config(path, config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(DbError::unavailable)
}

impl Deref for Lent {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        match self {
            Self::Reading(conn) => conn,
            Self::Writing(member) => member,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Sqlite {
        match self {
            Self::Reading(conn) => conn,
            Self::Writing(member) => member,
        }
    }
}
