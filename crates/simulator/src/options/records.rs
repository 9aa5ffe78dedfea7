//! What mod_json_cdr is set to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Where CDRs go, and how they are written (`json_cdr.conf.xml`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Records {
    /// Percent-encode the values of `variables`: `encode-values`, on by default as in FreeSWITCH.
    pub encode_values: bool,
    /// Write a file (`json_cdr_base` of the channel, otherwise `SPOOL/cdr`).
    pub file: bool,
    /// Post it as well; with `file` that is `log-http-and-disk`.
    pub post: Option<RecordPost>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            encode_values: true,
            file: true,
            post: None,
        }
    }
}

/// How a CDR is posted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordPost {
    /// `url`; `?uuid=` and the channel's UUID are appended, whatever it ends in.
    pub url: String,
    /// `cred`: HTTP Basic.
    pub credentials: Option<Credentials>,
    /// `encode`: how the document travels.
    pub body: RecordBody,
    /// `retries`: so many tries after the first.
    pub retries: u32,
    /// `delay` between two tries; a sixtieth of it at a fast pace.
    pub delay: Duration,
    /// `timeout` of one try.
    pub timeout: Duration,
    /// `err-log-dir`: where a CDR goes that nobody took; `SPOOL/cdr` when not given.
    pub error_dir: Option<PathBuf>,
}

impl RecordPost {
    /// One try, JSON, no credentials.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: None,
            body: RecordBody::Json,
            retries: 0,
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            error_dir: None,
        }
    }
}

/// `encode`: the body of a posted CDR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordBody {
    /// The document as it is, `application/json`: `encode` unset.
    #[default]
    Json,
    /// `cdr=` and the percent-encoded document, `application/x-www-form-urlencoded`: `encode=true`.
    Form,
}

impl FromStr for RecordBody {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "form" => Ok(Self::Form),
            _ => Err("a CDR is posted as json or as form".to_owned()),
        }
    }
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user; no colon.
    pub user: String,
    /// The password.
    pub password: String,
}

impl FromStr for Credentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (user, password) = text
            .split_once(':')
            .ok_or("credentials are USER:PASSWORD")?;
        Ok(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
