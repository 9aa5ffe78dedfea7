//! One opaque error for everything that can go wrong with a request.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::lenient;

/// What is known of a request that failed: the question that sending at most once hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Telnyx certainly never got the whole request and never will: no connection was made, or the last piece of the
    /// body was withheld.
    NotSent,
    /// Telnyx read the request and said no (a 4xx).
    Refused,
    /// Telnyx may have done what was asked, or may yet: time ran out, the connection broke, a 5xx or an answer that
    /// cannot be read.
    Unclear,
}

/// One of the reasons in Telnyx' answer. Foreign text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ApiError {
    /// The number of the error, as text: `10009` authentication, `10011` rate, `10015` bad request, `10016` not E.164.
    #[serde(default, deserialize_with = "lenient::plain")]
    pub code: String,
    /// What kind of error it is.
    #[serde(default, deserialize_with = "lenient::plain")]
    pub title: String,
    /// What was wrong this time.
    #[serde(default, deserialize_with = "lenient::text")]
    pub detail: Option<String>,
    /// Where in the request.
    #[serde(default, deserialize_with = "lenient::object")]
    pub source: Option<Source>,
}

/// Where in a request an error lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// A JSON pointer into the body, such as `/to`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pointer: Option<String>,
    /// The name of a query parameter.
    #[serde(default, deserialize_with = "lenient::text")]
    pub parameter: Option<String>,
}

/// Why a request brought nothing. Opaque: ask the predicates. Never tells the key.
#[derive(Debug)]
pub struct Error {
    kind: Box<Kind>,
    delivery: Delivery,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

impl From<Kind> for Error {
    /// An error before anything was sent.
    fn from(kind: Kind) -> Self {
        Self::new(kind, Delivery::NotSent)
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the base url cannot be used")]
    BaseUrl(#[source] url::ParseError),
    #[error("the base url cannot be used: {0}")]
    UnfitBaseUrl(&'static str),
    #[error("the api key holds a character that no header can carry")]
    ApiKey(#[source] reqwest::header::InvalidHeaderValue),
    #[error("the http client could not be set up")]
    Setup(#[source] reqwest::Error),
    #[error("an identifier that is empty or a dot cannot stand in a path")]
    Identifier,
    #[error("the request could not be written")]
    Encode(#[source] serde_json::Error),
    #[error("the fax cannot be asked for: {0}")]
    UnfitFax(&'static str),
    #[error("the request could not be built")]
    Request(#[source] reqwest::Error),
    #[error("the gate was closed before the request had left")]
    Gate,
    #[error("no answer from telnyx in time")]
    Timeout(#[source] reqwest::Error),
    #[error("telnyx could not be reached")]
    Connect(#[source] reqwest::Error),
    #[error("the connection to telnyx failed")]
    Broken(#[source] reqwest::Error),
    #[error("telnyx answered {}", .0)]
    Status(Refusal),
    #[error("telnyx' answer ({0}) is larger than {1} bytes")]
    TooLarge(StatusCode, usize),
    #[error("telnyx' answer ({0}) cannot be read")]
    Unreadable(StatusCode, #[source] serde_json::Error),
}

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) errors: Vec<ApiError>,
    pub(crate) retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        let mut before = ": ";
        for error in &self.errors {
            let (code, title) = (error.code.escape_debug(), error.title.escape_debug());
            write!(f, "{before}{code} {title}")?;
            if let Some(detail) = &error.detail {
                write!(f, ": {}", detail.escape_debug())?;
            }
            before = "; ";
        }
        Ok(())
    }
}

impl Error {
    pub(crate) fn new(kind: Kind, delivery: Delivery) -> Self {
        Self {
            kind: Box::new(kind),
            delivery,
        }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// What is known of the request: never sent, refused, or unclear.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &*self.kind {
            Kind::Status(refusal) => Some(refusal.status.as_u16()),
            Kind::TooLarge(status, _) | Kind::Unreadable(status, _) => Some(status.as_u16()),
            _ => None,
        }
    }

    /// Telnyx' reasons, in its order; empty when it gave none.
    #[must_use]
    pub fn errors(&self) -> &[ApiError] {
        match &*self.kind {
            Kind::Status(refusal) => &refusal.errors,
            _ => &[],
        }
    }

    /// Whether one of Telnyx' reasons has this code.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.errors().iter().any(|error| error.code == code)
    }

    /// There is no such thing (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// The key is wrong, or may not do this (401, 403).
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Too many requests, or too many faxes in process (429).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Time ran out, while connecting or while waiting for the answer.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &*self.kind {
            Kind::Timeout(_) => true,
            Kind::Connect(error) => error.is_timeout(),
            _ => false,
        }
    }

    /// The gate said no: nothing was sent that could be acted upon.
    #[must_use]
    pub fn is_gate(&self) -> bool {
        matches!(&*self.kind, Kind::Gate)
    }

    /// How long Telnyx asks to wait: `Retry-After`, else `x-ratelimit-reset`; `None` unless it refused for now (429, 5xx).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.kind {
            Kind::Status(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}
