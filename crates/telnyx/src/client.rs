//! The client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect;
use secrecy::ExposeSecret;
use url::Url;

use crate::available_number::AvailableNumbers;
use crate::config::Config;
use crate::error::{Error, Kind};
use crate::fax::Faxes;
use crate::fax_application::FaxApplications;
use crate::limit::{Limiter, RateLimit};
use crate::number_order::NumberOrders;
use crate::phone_number::PhoneNumbers;
use crate::retry::Retries;

/// How long a connection is kept for the next request; shorter than servers keep theirs.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// A client of Telnyx' API v2. Cheap to clone; clones share connections and what is known of the rate limit.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) max_answer_bytes: usize,
    pub(crate) timeout: Duration,
    pub(crate) retries: Retries,
    pub(crate) limiter: Limiter,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client; nothing is sent yet. It follows no redirect and repeats nothing beneath [`Retries`].
    ///
    /// # Errors
    /// The base URL or the key cannot be used, or TLS cannot be set up.
    pub fn new(config: Config) -> Result<Self, Error> {
        let base = versioned(config.base_url)?;
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", config.api_key.expose_secret()))
                .map_err(Kind::ApiKey)?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);

        let builder = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(config.user_agent)
            .timeout(config.timeout)
            .connect_timeout(config.connect_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            // Over HTTP/1 a body that is withheld takes its connection down with it, and nothing else's.
            .http1_only()
            // A connection that the server closes just when a fax leaves on it makes the fax unclear: old ones are not used.
            .pool_idle_timeout(POOL_IDLE)
            .retry(reqwest::retry::never());
        let builder = match config.proxy {
            Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).map_err(Kind::Setup)?),
            None => builder.no_proxy(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                http: builder.build().map_err(Kind::Setup)?,
                base,
                max_answer_bytes: config.max_answer_bytes,
                timeout: config.timeout,
                retries: config.retries,
                limiter: Limiter::default(),
            }),
        })
    }

    /// The rate limit as the last answer that told of it has it.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.inner.limiter.last()
    }

    /// Sending, finding and ending faxes.
    #[must_use]
    pub fn faxes(&self) -> Faxes<'_> {
        Faxes(self)
    }

    /// The connections that faxes are sent and received through.
    #[must_use]
    pub fn fax_applications(&self) -> FaxApplications<'_> {
        FaxApplications(self)
    }

    /// Numbers that could be ordered.
    #[must_use]
    pub fn available_numbers(&self) -> AvailableNumbers<'_> {
        AvailableNumbers(self)
    }

    /// Orders of numbers.
    #[must_use]
    pub fn number_orders(&self) -> NumberOrders<'_> {
        NumberOrders(self)
    }

    /// The account's numbers.
    #[must_use]
    pub fn phone_numbers(&self) -> PhoneNumbers<'_> {
        PhoneNumbers(self)
    }

    pub(crate) fn base(&self) -> &Url {
        &self.inner.base
    }
}

/// The base with `/v2` at its end, once.
fn versioned(mut base: Url) -> Result<Url, Error> {
    let unfit = |why| Err(Kind::UnfitBaseUrl(why).into());
    if !matches!(base.scheme(), "http" | "https") {
        return unfit("only http and https will do");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return unfit("it holds a query or a fragment");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return unfit("it holds a user name or a password");
    }
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/v2").unwrap_or(path);
    base.set_path(&format!("{path}/v2"));
    Ok(base)
}
