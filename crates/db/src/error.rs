//! What can go wrong with a database.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// The result of a query.
pub type DbResult<T> = Result<T, DbError>;

/// What went wrong with the database.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct DbError {
    context: &'static str,
    kind: Kind,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Url,
    Unavailable,
    Unique,
    ForeignKey,
    Taken,
    Content,
    Other,
}

impl DbError {
    pub(crate) fn url() -> Self {
        Self {
            context: "database.url must start with sqlite:// or postgres://",
            kind: Kind::Url,
            source: None,
        }
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            context: "the database cannot be reached",
            kind: Kind::Unavailable,
            source: Some(source.into()),
        }
    }

    pub(crate) fn settings(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            context: "database.url cannot be read",
            kind: Kind::Url,
            source: Some(source.into()),
        }
    }

    /// A commit that several transactions share; whether it is on the disk is not always known.
    pub(crate) fn commit(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            context: "the transaction could not be committed",
            kind: Kind::Unavailable,
            source: Some(source.into()),
        }
    }

    pub(crate) fn node_is_taken() -> Self {
        Self {
            context: "another process runs under this node's name: each needs a node.name of its own, and on SQLite only one may dispatch",
            kind: Kind::Taken,
            source: None,
        }
    }

    pub(crate) fn broken_transaction() -> Self {
        Self {
            context: "a statement of the transaction did not succeed, so it was rolled back",
            kind: Kind::Other,
            source: None,
        }
    }

    pub(crate) fn migration(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            context: "a migration failed",
            kind: Kind::Other,
            source: Some(source.into()),
        }
    }

    pub(crate) fn content(source: serde_json::Error) -> Self {
        Self {
            context: "a column holds what it should not",
            kind: Kind::Content,
            source: Some(Box::new(source)),
        }
    }

    /// Whether trying again later may help: no connection, the server went away, a deadlock, a full disk.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Whether a column holds what this program cannot read: trying again brings the same.
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.kind == Kind::Content
    }

    /// Whether a row with this key is there already.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.kind == Kind::Unique
    }

    /// Whether what a row refers to is not there, or not any more; or something refers to a row that was to go.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        self.kind == Kind::ForeignKey
    }

    /// Whether another living process holds the node's name.
    #[must_use]
    pub fn is_node_taken(&self) -> bool {
        self.kind == Kind::Taken
    }
}

impl From<Diesel> for DbError {
    fn from(error: Diesel) -> Self {
        let kind = match &error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Kind::Unique,
            Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Kind::ForeignKey,
            Diesel::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | Diesel::BrokenTransactionManager => Kind::Unavailable,
            Diesel::DatabaseError(DatabaseErrorKind::Unknown, told) if may_pass(told.message()) => {
                Kind::Unavailable
            }
            _ => Kind::Other,
        };
        Self {
            context: "a query failed",
            kind,
            source: Some(Box::new(error)),
        }
    }
}

/// Whether a failure that diesel has no kind for is one that passes. Diesel keeps the message and not the code (SQLSTATE,
/// SQLite's result code), so it is known by its English text; to a server that speaks another language it is a failed query.
fn may_pass(message: &str) -> bool {
    const PASSING: [&str; 13] = [
        // 40P01
        "deadlock detected",
        // 57P01, 57P02, 57P03
        "terminating connection due to administrator command",
        "terminating connection because of crash of another server process",
        "the database system is ",
        // 55P03, 57014
        "canceling statement due to lock timeout",
        "canceling statement due to statement timeout",
        // 53300
        "too many clients already",
        "remaining connection slots are reserved",
        // 53100
        "No space left on device",
        // 25P03
        "terminating connection due to idle-in-transaction timeout",
        // SQLITE_BUSY, SQLITE_FULL; SQLITE_IOERR is what a quota or a limit on file sizes looks like
        "database is locked",
        "database or disk is full",
        "disk I/O error",
    ];
    PASSING.iter().any(|known| message.contains(known))
}
