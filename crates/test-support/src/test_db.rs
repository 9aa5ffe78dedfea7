//! A database for one test.

use std::ops::Deref;

use faxgate_db::{Db, Options};
use tempfile::TempDir;

use crate::postgres;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own in the cluster of `FAXGATE_TEST_POSTGRES_URL`.
    Postgres,
}

/// A database that one test has to itself; it is gone when this is dropped, or with its cluster. Stands for its [`Db`].
pub struct TestDb {
    db: Db,
    url: String,
    kind: Kind,
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "dropping it removes the folder")] TempDir),
    Database(String),
}

impl TestDb {
    /// A migrated database without rows.
    ///
    /// # Panics
    /// When it cannot be made; for PostgreSQL also when `FAXGATE_TEST_POSTGRES_URL` is not set.
    pub async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let empty = Self::empty(kind).await;
                empty.migrate().await.expect("the migrations run");
                empty
            }
            Kind::Postgres => {
                let template = postgres::template().await;
                Self::of_postgres(postgres::create(Some(&template)).await)
            }
        }
    }

    /// A database without tables.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}/faxgate.db", folder.path().display());
                Self {
                    db: connect(&url),
                    url,
                    kind,
                    place: Place::Folder(folder),
                }
            }
            Kind::Postgres => Self::of_postgres(postgres::create(None).await),
        }
    }

    fn of_postgres(name: String) -> Self {
        let url = postgres::url_of(&name);
        Self {
            db: connect(&url),
            url,
            kind: Kind::Postgres,
            place: Place::Database(name),
        }
    }

    /// The same database through connections of its own, as another node has them.
    #[must_use]
    pub fn another_node(&self) -> Db {
        connect(&self.url)
    }

    /// The URL, as `database.url` takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Place::Database(name) = &self.place {
            postgres::tidy(name);
        }
    }
}

/// Few connections, so that a test which leaks them runs dry; enough for eight workers that wait for one another.
fn connect(url: &str) -> Db {
    let options = Options {
        url: url.to_owned(),
        max_connections: 9,
    };
    Db::connect(&options).expect("the URL is of a database")
}
