//! What can go wrong with a stored file.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// Why a file could not be stored or read. Opaque: ask the predicates. "Not there" is no error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct FilesError(#[from] pub(crate) Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{0:?} is no document store: write file://DIRECTORY or s3://BUCKET/PREFIX")]
    Location(String),
    #[error("the document store cannot be opened")]
    Open(#[source] Box<dyn StdError + Send + Sync>),
    #[error("{0} already holds other bytes")]
    Conflict(String),
    #[error("{name} is larger than {max} bytes")]
    TooLarge { name: String, max: u64 },
    #[error("{0} is not a regular file")]
    NotRegular(PathBuf),
    #[error("{0:?} is not a plain file name")]
    Name(String),
    #[error("{doing} {path}")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{doing} {key}")]
    Store {
        doing: &'static str,
        key: String,
        #[source]
        source: object_store::Error,
    },
    #[error("the runtime is stopping")]
    Stopping,
}

impl FilesError {
    /// The disk, or our share of it, is full: nothing was stored. Operators have to hear of it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.io_kinds()
            .any(|kind| matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    }

    /// The key is taken by other bytes; they were left as they are.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.0, Kind::Conflict(_))
    }

    /// The file is larger than [`Options::max_bytes`](crate::Options::max_bytes).
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Kind::TooLarge { .. })
    }

    /// The store did not answer, or not sensibly: another try later may go well. Never for a local directory.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            Kind::Store {
                source: object_store::Error::Generic { store, .. },
                ..
            } => *store != "LocalFileSystem",
            Kind::Stopping => true,
            _ => false,
        }
    }

    fn io_kinds(&self) -> impl Iterator<Item = ErrorKind> + '_ {
        let mut next: Option<&(dyn StdError + 'static)> = Some(&self.0);
        let chain = std::iter::from_fn(move || {
            let error = next?;
            next = error.source();
            Some(error)
        });
        chain
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .map(io::Error::kind)
    }
}

/// Says what was being done to which path.
pub(crate) fn io_error(
    doing: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> FilesError {
    let path = path.into();
    move |source| {
        Kind::Io {
            doing,
            path,
            source,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .and_then(|mut file| file.write_all(b"x"))
            .unwrap_err();
        let source = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(full),
        };
        let stored: FilesError = Kind::Store {
            doing: "cannot store",
            key: "t/a/n".into(),
            source,
        }
        .into();
        assert!(stored.is_full());

        let denied = io_error("cannot write", "/x")(ErrorKind::PermissionDenied.into());
        assert!(!denied.is_full());
    }
}
