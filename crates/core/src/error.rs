//! One error for all use cases; `api` renders it by scope.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use faxgate_db::DbError;
use faxgate_files::FilesError;
use faxgate_imaging::CageError;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case was not carried out.
#[derive(Debug)]
pub struct Error {
    /// The kind: who has to do something about it.
    pub kind: Kind,
    /// A stable word for programs, in upper case.
    pub code: &'static str,
    /// A sentence for people, which says what to do. Safe to show.
    pub message: String,
    /// What is wrong with which field.
    pub details: BTreeMap<String, Vec<String>>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The code of [`Error::unusable_pages`].
const UNUSABLE_PAGES: &str = "UNREADABLE_PAGES";

/// The code of [`Error::damaged`].
const DAMAGED: &str = "DOCUMENT_DAMAGED";

/// The code of [`Error::wrong_master_key`].
const WRONG_MASTER_KEY: &str = "WRONG_MASTER_KEY";

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The request is wrong.
    BadInput,
    /// Nobody, or nobody known, asks.
    Unauthenticated,
    /// Somebody known asks, who may not.
    Forbidden,
    /// It is not there, or another tenant's.
    NotFound,
    /// It is in a state that does not allow it.
    Conflict,
    /// It was there, and was removed.
    Gone,
    /// More bytes than allowed.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// Not now; later.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Kind {
    /// The HTTP status for it.
    #[must_use]
    pub const fn http(self) -> u16 {
        match self {
            Self::BadInput => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(code: &'static str, message: impl Into<String>) -> Self {
            Self::new(Kind::$kind, code, message)
        }
    )*};
}

impl Error {
    fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            details: BTreeMap::new(),
            retry_after: None,
            source: None,
        }
    }

    constructors! {
        /// The request is wrong.
        bad_input => BadInput;
        /// Nobody, or nobody known, asks.
        unauthenticated => Unauthenticated;
        /// Somebody known asks, who may not.
        forbidden => Forbidden;
        /// It is not there, or another tenant's.
        not_found => NotFound;
        /// It is in a state that does not allow it.
        conflict => Conflict;
        /// It was there, and was removed.
        gone => Gone;
        /// More bytes than allowed.
        too_large => TooLarge;
        /// Too many requests.
        rate_limited => RateLimited;
    }

    /// Not now; the caller may try again a little later.
    #[must_use]
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, code, message).retry_after(Duration::from_secs(5))
    }

    /// Our fault. What happened goes into the log, not into the answer.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, "INTERNAL_ERROR", "internal error").because(source)
    }

    /// A fax's pages are gone, or nobody can read them: another try will not help.
    #[must_use]
    pub fn unusable_pages(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let text = "the fax's pages are gone or cannot be read";
        Self::new(Kind::Internal, UNUSABLE_PAGES, text).because(source)
    }

    /// A stored file is not what was stored: it was changed, or exchanged for another. It is not used, and another try will not help.
    pub(crate) fn damaged(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let text = "the stored document was changed or damaged since it was stored, and is not used; an operator finds more in the log";
        Self::new(Kind::Internal, DAMAGED, text).because(source)
    }

    /// Whether a stored file is not what was stored.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.code == DAMAGED
    }

    /// What is encrypted cannot be read with the keys that were given.
    pub(crate) fn wrong_master_key(message: String) -> Self {
        Self::new(Kind::Conflict, WRONG_MASTER_KEY, message)
    }

    /// Whether what is encrypted cannot be read with the keys that were given.
    #[must_use]
    pub fn is_wrong_master_key(&self) -> bool {
        self.code == WRONG_MASTER_KEY
    }

    /// As [`Error::unusable_pages`], for what the store says of them; a store that is away, or broken, is another matter.
    pub(crate) fn of_pages(self) -> Self {
        let source = self.source.as_deref();
        let of_files = source.and_then(|source| source.downcast_ref::<FilesError>());
        if self.is_damaged() || of_files.is_some_and(FilesError::is_too_large) {
            Self::unusable_pages(self)
        } else {
            self
        }
    }

    /// Whether it is [`Error::unusable_pages`].
    #[must_use]
    pub fn is_unusable_pages(&self) -> bool {
        self.code == UNUSABLE_PAGES
    }

    /// Adds what is wrong with one field.
    #[must_use]
    pub fn field(mut self, field: &str, message: impl Into<String>) -> Self {
        self.details
            .entry(field.to_owned())
            .or_default()
            .push(message.into());
        self
    }

    /// Adds when to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        if error.is_unavailable() {
            Self::unavailable(
                "DATABASE_UNAVAILABLE",
                "the database cannot be reached; try again in a moment",
            )
            .because(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<FilesError> for Error {
    fn from(error: FilesError) -> Self {
        if error.is_full() {
            Self::unavailable(
                "STORAGE_FULL",
                "the document store is full; nothing was stored; an operator has to make room",
            )
            .because(error)
        } else if error.is_unavailable() {
            Self::unavailable(
                "STORAGE_UNAVAILABLE",
                "the document store cannot be reached; try again in a moment",
            )
            .because(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<CageError> for Error {
    fn from(error: CageError) -> Self {
        match error {
            CageError::Refused(refusal) => Self::bad_input("DOCUMENT_REFUSED", refusal.to_string())
                .field("file", refusal.reason.code()),
            broken => Self::unavailable(
                "CONVERSION_UNAVAILABLE",
                "the document cannot be opened now; try again in a moment",
            )
            .because(broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_kept_for_the_log_and_out_of_the_text() {
        let error = Error::internal("password=hunter2");
        assert_eq!(error.to_string(), "internal error");
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(error.kind.http(), 500);
    }
}
