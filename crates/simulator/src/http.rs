//! The two ways in which a switch speaks HTTP.

use std::sync::OnceLock;

use reqwest::Client;
use reqwest::redirect::Policy;

/// HTTP clients, made when they are first wanted.
#[derive(Debug, Default)]
pub(crate) struct Http {
    posting: OnceLock<Option<Client>>,
    fetching: OnceLock<Option<Client>>,
}

impl Http {
    /// For CDRs and notices: redirects are not followed. `None` when TLS cannot be set up.
    pub(crate) fn posting(&self) -> Option<&Client> {
        self.posting.get_or_init(|| client(Policy::none())).as_ref()
    }

    /// For `http_get`: up to ten redirects.
    pub(crate) fn fetching(&self) -> Option<&Client> {
        self.fetching
            .get_or_init(|| client(Policy::limited(10)))
            .as_ref()
    }
}

fn client(redirects: Policy) -> Option<Client> {
    let made = Client::builder().redirect(redirects).no_proxy().build();
    made.inspect_err(|error| tracing::error!(%error, "no HTTP client can be had"))
        .ok()
}
