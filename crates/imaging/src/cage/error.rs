//! Whose fault it was.

use crate::Refusal;

/// A conversion that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CageError {
    /// The document's fault: the same bytes will be refused again.
    #[error(transparent)]
    Refused(Refusal),
    /// Our fault, or the machine's: worth another try, and a look at the log.
    #[error("the imaging worker failed: {what}")]
    Broken {
        /// What happened, for the log and not for the public.
        what: String,
        /// The system's error, when there was one.
        #[source]
        source: Option<std::io::Error>,
    },
}

impl CageError {
    /// The refusal, when it is the document's fault.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Broken { .. } => None,
        }
    }

    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Broken {
            what: what.into(),
            source: None,
        }
    }

    pub(super) fn io(what: &str, source: std::io::Error) -> Self {
        Self::Broken {
            what: what.to_owned(),
            source: Some(source),
        }
    }
}

impl From<Refusal> for CageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
