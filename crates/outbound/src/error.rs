//! Why nothing was fetched.

use std::error::Error as StdError;
use std::net::IpAddr;

use reqwest::StatusCode;

/// Why a request brought nothing. Opaque: ask the predicates.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OutboundError(#[from] pub(crate) Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the address cannot be used: {0}")]
    InvalidUrl(&'static str),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the answer did not come within the time allowed")]
    Timeout(#[source] reqwest::Error),
    #[error("the server answered {0}")]
    Status(StatusCode),
    #[error("the request failed")]
    Request(#[source] reqwest::Error),
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
}

/// The guard's answer. Travels through the HTTP client as the resolver's error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(
        "{0} is not a public address; outbound.allow_nets lists those that are reached all the same"
    )]
    Literal(IpAddr),
    #[error(
        "{0} has no public address; outbound.allow_nets lists those that are reached all the same"
    )]
    Name(String),
}

impl OutboundError {
    /// The address, or every address behind the name, is not public and not allowed. No connection was made.
    #[must_use]
    pub fn is_refused_address(&self) -> bool {
        matches!(self.0, Kind::Refused(_))
    }

    /// The text is no address that is ever fetched: scheme, user name, port or form. No connection was made.
    #[must_use]
    pub fn is_invalid_url(&self) -> bool {
        matches!(self.0, Kind::InvalidUrl(_))
    }

    /// The body was larger than allowed; what came of it is dropped.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Kind::TooLarge(_))
    }

    /// The time allowed passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::Timeout(_))
    }

    /// The server's answer, when it was not a success: a redirect counts, none is followed.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.0 {
            Kind::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Sorts what the HTTP client reports. The address is taken out: its query may hold a signature.
    pub(crate) fn from_request(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<Refused>() {
                return Kind::Refused(refused.clone()).into();
            }
            cause = inner.source();
        }
        if error.is_timeout() {
            Kind::Timeout(error).into()
        } else {
            Kind::Request(error).into()
        }
    }
}
