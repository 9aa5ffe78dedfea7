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

    /// Whether trying again later may help: no connection, or the server went away.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Whether a row with this key is there already.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.kind == Kind::Unique
    }
}

impl From<Diesel> for DbError {
    fn from(error: Diesel) -> Self {
        let kind = match &error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Kind::Unique,
            Diesel::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | Diesel::BrokenTransactionManager => Kind::Unavailable,
            _ => Kind::Other,
        };
        Self {
            context: "a query failed",
            kind,
            source: Some(Box::new(error)),
        }
    }
}
