//! Addresses that choose what stands behind: which database, which document store.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Which database a [`DatabaseUrl`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file of this machine: the embedded default, for one node.
    Sqlite,
    /// A PostgreSQL server: for production, and for more than one node.
    Postgres,
}

/// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`. `Debug` never shows the password.
#[derive(Clone)]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    url: SecretString,
}

impl DatabaseUrl {
    /// Takes an address apart as far as needed to know that it can be meant.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        const FORMS: &str = "write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME";
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(format!("has no scheme; {FORMS}"));
        };
        let kind = match scheme {
            "sqlite" => DatabaseKind::Sqlite,
            "postgres" | "postgresql" => DatabaseKind::Postgres,
            other => return Err(format!("the scheme {other:?} is not supported; {FORMS}")),
        };
        match kind {
            DatabaseKind::Sqlite if rest.contains(":memory:") => {
                return Err(
                    "a database in memory cannot be shared by connections; name a file".into(),
                );
            }
            DatabaseKind::Sqlite
                if rest
                    .strip_prefix("//")
                    .is_none_or(|path| path.trim_matches('/').is_empty()) =>
            {
                return Err("names no file; write sqlite://data/faxgate.db (relative) or sqlite:///var/lib/faxgate/faxgate.db".into());
            }
            DatabaseKind::Postgres
                if Url::parse(text).map_or(true, |url| {
                    !rest.starts_with("//") || url.cannot_be_a_base()
                }) =>
            {
                return Err(format!("is not a well-formed address; {FORMS}"));
            }
            _ => {}
        }
        Ok(Self {
            kind,
            url: text.into(),
        })
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// The address as it was given, password and all: for opening the database, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DatabaseKind::Sqlite => f.write_str(self.expose()),
            DatabaseKind::Postgres => f.write_str("postgres://[REDACTED]"),
        }
    }
}

/// `file://DIRECTORY` or `s3://BUCKET/PREFIX`. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageUrl(String);

impl StorageUrl {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        const FORMS: &str = "write file://DIRECTORY or s3://BUCKET/PREFIX";
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("has no scheme; {FORMS}"));
        };
        match scheme {
            "file" | "s3" if rest.trim_matches('/').is_empty() => {
                Err(format!("names no place; {FORMS}"))
            }
            "s3" if rest.contains(['@', '?', '#', ':']) => Err(
                "takes no credentials, port or query: set storage.access_key_id and the other storage keys".into(),
            ),
            "file" | "s3" => Ok(Self(text.to_owned())),
            other => Err(format!("the scheme {other:?} is not supported; {FORMS}")),
        }
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names an S3 bucket.
    #[must_use]
    pub fn is_s3(&self) -> bool {
        self.0.starts_with("s3://")
    }
}
