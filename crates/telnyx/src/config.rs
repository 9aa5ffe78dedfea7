//! What a client is told at its start.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::error::{Error, Kind};
use crate::retry::Retries;

/// Where Telnyx' API is, unless told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://api.telnyx.com";

/// How a [`Client`](crate::Client) reaches Telnyx. `Debug` does not show the key.
#[derive(Clone, Debug)]
pub struct Config {
    /// The API v2 key (`KEY…`), sent as a bearer token.
    pub api_key: SecretString,
    /// Where the API is, with or without a trailing `/v2`: `http` or `https`, no query.
    pub base_url: Url,
    /// How long one request may take in all, from connecting to the last byte of the answer; that of a fax which carries its
    /// document has [`Media::upload_time`](crate::Media::upload_time) in addition.
    pub timeout: Duration,
    /// How long connecting may take, TLS included.
    pub connect_timeout: Duration,
    /// The `User-Agent`.
    pub user_agent: String,
    /// A proxy that every request goes through; `None`: none, whatever the environment says.
    pub proxy: Option<Url>,
    /// The largest answer that is read, bytes.
    pub max_answer_bytes: usize,
    /// How safe requests are repeated.
    pub retries: Retries,
}

impl Config {
    /// The settings for Telnyx itself: 30 s a request, 10 s for connecting, answers of 4 MiB at most, no proxy.
    ///
    /// # Errors
    /// Never, as long as [`DEFAULT_BASE_URL`] is well-formed.
    pub fn new(api_key: SecretString) -> Result<Self, Error> {
        let base_url = Url::parse(DEFAULT_BASE_URL).map_err(Kind::BaseUrl)?;
        Ok(Self::at(base_url, api_key))
    }

    /// The same settings for another place, such as a test's double.
    #[must_use]
    pub fn at(base_url: Url, api_key: SecretString) -> Self {
        Self {
            api_key,
            base_url,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("faxgate-telnyx/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            max_answer_bytes: 4 * 1024 * 1024,
            retries: Retries::default(),
        }
    }
}
