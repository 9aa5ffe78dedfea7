//! The two databases, and the pools in front of them.

use std::path::Path;

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tokio::runtime::Handle;

use crate::error::{DbError, DbResult};
use crate::on_main::OnMain;

pub(crate) type Pg = AsyncPgConnection;
pub(crate) type Sqlite = SyncConnectionWrapper<SqliteConnection, OnMain>;

/// Which database, and how many connections to it.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://path/to/file.db` or `postgres://user:password@host/name`.
    pub url: String,
    /// At most so many connections at once, at least two.
    pub max_connections: usize,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    pub(crate) main: Handle,
}

#[derive(Clone)]
pub(crate) enum Pools {
    Postgres(Pool<Pg>),
    /// SQLite has one writer at a time anyway: a pool of one makes callers queue in order instead of spinning on a lock.
    Sqlite {
        readers: Pool<Sqlite>,
        writer: Pool<Sqlite>,
    },
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one in each transaction, and few of those; a box would be one more allocation for every one"
)]
pub(crate) enum Conn {
    Postgres(Object<Pg>),
    Sqlite(Object<Sqlite>),
}

/// Runs one body on whichever database `$tx` is in. The body is compiled twice, and gives a `QueryResult`.
macro_rules! on_either {
    ($tx:expr, $conn:ident => $body:expr) => {{
        let result = match $crate::tx::Tx::conn($tx) {
            $crate::connection::Conn::Postgres(object) => {
                let $conn: &mut $crate::connection::Pg = object;
                $body
            }
            $crate::connection::Conn::Sqlite(object) => {
                let $conn: &mut $crate::connection::Sqlite = object;
                $body
            }
        };
        if result.is_ok() {
            $crate::tx::Tx::succeeded($tx);
        }
        result
    }};
}
pub(crate) use on_either;

const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON;";

/// What a reader cannot do by mistake: a second writer would meet "database is locked".
const READ_ONLY: &str = "PRAGMA query_only = ON;";

impl Db {
    /// Prepares the pools; connections open when they are first needed.
    ///
    /// Call it on the main runtime: every connection will live there, whichever runtime first asks for it.
    ///
    /// # Errors
    /// When the URL is of neither database, or SQLite's folder cannot be made.
    pub fn connect(options: &Options) -> DbResult<Self> {
        let pools = if let Some(path) = options.url.strip_prefix("sqlite://") {
            if let Some(folder) = Path::new(path).parent() {
                std::fs::create_dir_all(folder).map_err(DbError::unavailable)?;
            }
            Pools::Sqlite {
                readers: sqlite_pool(path, options.max_connections.max(2) - 1, READ_ONLY)?,
                writer: sqlite_pool(path, 1, "")?,
            }
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://")
        {
            Pools::Postgres(postgres_pool(&options.url, options.max_connections.max(2))?)
        } else {
            return Err(DbError::url());
        };
        Ok(Self {
            pools,
            main: Handle::current(),
        })
    }

    /// Whether it is PostgreSQL, which several nodes can share.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }
}

fn postgres_pool(url: &str, size: usize) -> DbResult<Pool<Pg>> {
    let main = Handle::current();
    let mut config = ManagerConfig::<Pg>::default();
    config.custom_setup = Box::new(move |url| {
        let (main, url) = (main.clone(), url.to_owned());
        Box::pin(async move {
            let open = main.spawn(async move { Pg::establish(&url).await });
            open.await
                .map_err(|e| ConnectionError::BadConnection(e.to_string()))?
        })
    });
    let manager = AsyncDieselConnectionManager::<Pg>::new_with_config(url, config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(DbError::unavailable)
}

fn sqlite_pool(path: &str, size: usize, more: &'static str) -> DbResult<Pool<Sqlite>> {
    let main = Handle::current();
    let mut config = ManagerConfig::<Sqlite>::default();
    config.custom_setup = Box::new(move |path| {
        let (main, path) = (main.clone(), path.to_owned());
        Box::pin(async move {
            let open = main.spawn_blocking(move || -> ConnectionResult<_> {
                let mut conn = SqliteConnection::establish(&path)?;
                conn.batch_execute(PRAGMAS)
                    .and_then(|()| conn.batch_execute(more))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(conn)
            });
            let conn = open
                .await
                .map_err(|e| ConnectionError::BadConnection(e.to_string()))??;
            Ok(SyncConnectionWrapper::with_runtime(conn, OnMain(main)))
        })
    });
    let manager = AsyncDieselConnectionManager::<Sqlite>::new_with_config(path, config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(DbError::unavailable)
}

impl Pools {
    pub(crate) async fn reader(&self) -> DbResult<Conn> {
        match self {
            Self::Postgres(pool) => pool.get().await.map(Conn::Postgres),
            Self::Sqlite { readers, .. } => readers.get().await.map(Conn::Sqlite),
        }
        .map_err(DbError::unavailable)
    }

    pub(crate) async fn writer(&self) -> DbResult<Conn> {
        match self {
            Self::Postgres(pool) => pool.get().await.map(Conn::Postgres),
            Self::Sqlite { writer, .. } => writer.get().await.map(Conn::Sqlite),
        }
        .map_err(DbError::unavailable)
    }
}
