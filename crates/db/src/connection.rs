//! The two databases, and the pools in front of them.

use std::path::Path;
use std::sync::Arc;

use diesel::sqlite::SqliteConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use tokio::runtime::Handle;

use crate::error::{DbError, DbResult};
use crate::on_main::OnMain;
use crate::wake::Bell;
use crate::writer::Writer;
use crate::{postgres, sqlite};

pub(crate) type Pg = AsyncPgConnection;
pub(crate) type Sqlite = SyncConnectionWrapper<SqliteConnection, OnMain>;

/// Which database, and how many connections to it.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://path/to/file.db` or `postgres://user:password@host/name`.
    pub url: String,
    /// At most so many connections at once for transactions, at least two.
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
    Postgres {
        pool: Pool<Pg>,
        server: Arc<tokio_postgres::Config>,
    },
    Sqlite {
        readers: Pool<Sqlite>,
        writer: Writer,
        path: Arc<str>,
        bell: Bell,
    },
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one in each transaction, and few of those; a box would be one more allocation for every one"
)]
pub(crate) enum Conn {
    Postgres(Object<Pg>),
    Sqlite(sqlite::Lent),
}

/// Runs one body on whichever database `$tx` is in. The body is compiled twice, and gives a `QueryResult`.
macro_rules! on_either {
    ($tx:expr, $conn:ident => $body:expr) => {{
        let result = if $crate::tx::Tx::is_sound($tx) {
            match $crate::tx::Tx::conn($tx) {
                $crate::connection::Conn::Postgres(object) => {
                    let $conn: &mut $crate::connection::Pg = object;
                    $body
                }
                $crate::connection::Conn::Sqlite(object) => {
                    let $conn: &mut $crate::connection::Sqlite = object;
                    $body
                }
            }
        } else {
            Err(diesel::result::Error::RollbackTransaction)
        };
        if result.is_ok() {
            $crate::tx::Tx::succeeded($tx);
        }
        result
    }};
}
pub(crate) use on_either;

impl Db {
    /// Prepares the pools; connections open when they are first needed.
    ///
    /// Call it on the main runtime: every connection will live there, whichever runtime first asks for it.
    ///
    /// # Errors
    /// When the URL is of neither database or cannot be read, or SQLite's folder cannot be made.
    pub fn connect(options: &Options) -> DbResult<Self> {
        let pools = if let Some(path) = options.url.strip_prefix("sqlite://") {
            if let Some(folder) = Path::new(path).parent() {
                std::fs::create_dir_all(folder).map_err(DbError::unavailable)?;
            }
            Pools::Sqlite {
                readers: sqlite::readers(path, options.max_connections.max(2) - 1)?,
                writer: Writer::new(path),
                path: path.into(),
                bell: Bell::default(),
            }
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://")
        {
            let server = postgres::config(&options.url)?;
            Pools::Postgres {
                pool: postgres::pool(&server, options.max_connections.max(2))?,
                server: Arc::new(server),
            }
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
        matches!(self.pools, Pools::Postgres { .. })
    }
}

impl Pools {
    pub(crate) async fn reader(&self) -> DbResult<Conn> {
        match self {
            Self::Postgres { pool, .. } => Ok(Conn::Postgres(
                pool.get().await.map_err(DbError::unavailable)?,
            )),
            Self::Sqlite { readers, .. } => {
                let conn = readers.get().await.map_err(DbError::unavailable)?;
                Ok(Conn::Sqlite(sqlite::Lent::Reading(conn)))
            }
        }
    }

    /// On SQLite its transaction has begun.
    pub(crate) async fn writer(&self) -> DbResult<Conn> {
        match self {
            Self::Postgres { pool, .. } => Ok(Conn::Postgres(
                pool.get().await.map_err(DbError::unavailable)?,
            )),
            Self::Sqlite { writer, .. } => {
                let member = writer.begin().await?;
                Ok(Conn::Sqlite(sqlite::Lent::Writing(member)))
            }
        }
    }
}
