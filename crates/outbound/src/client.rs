//! The client.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ipnet::IpNet;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{StatusCode, redirect};
use url::Url;

use crate::address::Guard;
use crate::error::{Kind, OutboundError};
use crate::resolve::{Guarded, Resolver, SystemResolver};
use crate::target;

/// What an [`Outbound`] may do.
#[derive(Clone, Debug)]
pub struct Config {
    /// Networks that are reached although they are not public.
    pub allow_nets: Vec<IpNet>,
    /// How long one request may take in all, from looking the name up to the last byte.
    pub timeout: Duration,
    /// Largest body taken, bytes.
    pub max_bytes: u64,
}

impl Default for Config {
    /// Public addresses only, 30 seconds, 50 MiB.
    fn default() -> Self {
        Self {
            allow_nets: Vec::new(),
            timeout: Duration::from_secs(30),
            max_bytes: 50 * 1024 * 1024,
        }
    }
}

/// What came back, with a status of success (2xx).
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status.
    pub status: StatusCode,
    /// The `Content-Type` as the server states it: a claim, not a fact.
    pub content_type: Option<String>,
    /// The body.
    pub bytes: Bytes,
}

/// The HTTP client for addresses that others give us. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    guard: Guard,
    max_bytes: u64,
}

impl Outbound {
    /// A client that looks names up by the operating system.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(config: Config) -> Result<Self, OutboundError> {
        Self::with_resolver(config, SystemResolver)
    }

    /// A client that looks names up by `resolver`, still behind the guard.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn with_resolver(config: Config, resolver: impl Resolver) -> Result<Self, OutboundError> {
        let guard = Guard::new(config.allow_nets);
        let client = reqwest::Client::builder()
            .dns_resolver(Guarded {
                resolver: Arc::new(resolver),
                guard: guard.clone(),
            })
            .redirect(redirect::Policy::none())
            // A proxy would connect in our place, where no guard stands.
            .no_proxy()
            .referer(false)
            .timeout(config.timeout)
            .user_agent(concat!("faxgate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Kind::Setup)?;
        Ok(Self {
            client,
            guard,
            max_bytes: config.max_bytes,
        })
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Reads an address and judges all that can be judged without looking its name up: for refusing it where it is given.
    ///
    /// # Errors
    /// [`OutboundError::is_invalid_url`] or [`OutboundError::is_refused_address`].
    pub fn check(&self, url: &str) -> Result<Url, OutboundError> {
        target::read(url, &self.guard)
    }

    /// Fetches what is at `url`, sending `headers` along (a bearer token only to the server that it belongs to).
    ///
    /// # Errors
    /// See the predicates of [`OutboundError`]; an answer other than 2xx is one of them, and so is a redirect.
    pub async fn get(&self, url: &str, headers: HeaderMap) -> Result<Fetched, OutboundError> {
        let url = self.check(url)?;
        let mut response = self
            .client
            .get(url)
            .headers(headers)
            .send()
            .await
            .map_err(OutboundError::from_request)?;

        let status = response.status();
        if !status.is_success() {
            return Err(Kind::Status(status).into());
        }
        if response
            .content_length()
            .is_some_and(|announced| announced > self.max_bytes)
        {
            return Err(Kind::TooLarge(self.max_bytes).into());
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);

        let mut bytes = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(OutboundError::from_request)?
        {
            if (bytes.len() + chunk.len()) as u64 > self.max_bytes {
                return Err(Kind::TooLarge(self.max_bytes).into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Fetched {
            status,
            content_type,
            bytes: bytes.freeze(),
        })
    }
}
