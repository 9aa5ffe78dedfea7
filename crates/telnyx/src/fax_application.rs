//! Fax applications: `/fax_applications`.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::id::ConnectionId;
use crate::lenient;
use crate::page::{self, List, Page, Walk};
use crate::request::Request;

/// Operations on fax applications; see [`Client::fax_applications`].
#[derive(Clone, Copy, Debug)]
pub struct FaxApplications<'a>(pub(crate) &'a Client);

/// A fax application: where the events of its faxes and numbers go, and what it may do.
#[derive(Clone, Debug, Deserialize)]
pub struct FaxApplication {
    /// Its id, which is the `connection_id` of its faxes and numbers.
    pub id: ConnectionId,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub application_name: Option<String>,
    /// Whether it may be used.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub active: Option<bool>,
    /// The site that media go through, such as `Latency`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub anchorsite_override: Option<String>,
    /// Where events go.
    #[serde(default, deserialize_with = "lenient::text")]
    pub webhook_event_url: Option<String>,
    /// Where events go when that fails.
    #[serde(default, deserialize_with = "lenient::text")]
    pub webhook_event_failover_url: Option<String>,
    /// How long Telnyx waits for an answer, seconds.
    #[serde(default, deserialize_with = "lenient::count")]
    pub webhook_timeout_secs: Option<u32>,
    /// Tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// Incoming faxes.
    #[serde(default, deserialize_with = "lenient::object")]
    pub inbound: Option<InboundSettings>,
    /// Outgoing faxes.
    #[serde(default, deserialize_with = "lenient::object")]
    pub outbound: Option<OutboundSettings>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// How an application takes calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct InboundSettings {
    /// Calls at once.
    #[serde(
        default,
        deserialize_with = "lenient::count",
        skip_serializing_if = "Option::is_none"
    )]
    pub channel_limit: Option<u32>,
    /// The subdomain that reaches it by SIP.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub sip_subdomain: Option<String>,
    /// Who may call that: `only_my_connections` or `from_anyone`.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub sip_subdomain_receive_settings: Option<String>,
}

/// How an application makes calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct OutboundSettings {
    /// Calls at once.
    #[serde(
        default,
        deserialize_with = "lenient::count",
        skip_serializing_if = "Option::is_none"
    )]
    pub channel_limit: Option<u32>,
    /// The outbound voice profile; without one nothing can be sent (`no_outbound_profile`).
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub outbound_voice_profile_id: Option<String>,
}

/// What an application is made or changed to. What is `None` is left alone.
#[derive(Clone, Debug, Serialize)]
pub struct FaxApplicationSettings {
    /// Its name.
    pub application_name: String,
    /// Where events go, scheme included.
    pub webhook_event_url: Url,
    /// Where events go when that fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_event_failover_url: Option<Url>,
    /// How long Telnyx waits for an answer, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_timeout_secs: Option<u32>,
    /// Whether it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The site that media go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchorsite_override: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Incoming faxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<InboundSettings>,
    /// Outgoing faxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<OutboundSettings>,
    /// Whom received faxes are mailed to; only when an application is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fax_email_recipient: Option<String>,
}

impl FaxApplicationSettings {
    /// What every application must have.
    #[must_use]
    pub fn new(application_name: impl Into<String>, webhook_event_url: Url) -> Self {
        Self {
            application_name: application_name.into(),
            webhook_event_url,
            webhook_event_failover_url: None,
            webhook_timeout_secs: None,
            active: None,
            anchorsite_override: None,
            tags: None,
            inbound: None,
            outbound: None,
            fax_email_recipient: None,
        }
    }
}

/// Which applications; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct FaxApplicationFilter {
    /// Their name holds this (three characters at least, in either case).
    pub name_contains: Option<String>,
    /// They have this outbound voice profile.
    pub outbound_voice_profile_id: Option<String>,
}

impl FaxApplications<'_> {
    /// One page of the applications.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(
        &self,
        filter: &FaxApplicationFilter,
        page: Page,
    ) -> Result<List<FaxApplication>, Error> {
        let request = Request::new(Method::GET, self.0.base(), &["fax_applications"])?
            .query_if(
                "filter[application_name][contains]",
                filter.name_contains.as_ref(),
            )
            .query_if(
                "filter[outbound_voice_profile_id]",
                filter.outbound_voice_profile_id.as_ref(),
            )
            .page(page);
        self.0.ask(request).await?.read()
    }

    /// The applications of `most_pages` pages at most.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn walk(
        &self,
        filter: &FaxApplicationFilter,
        most_pages: u32,
    ) -> Result<Walk<FaxApplication>, Error> {
        page::walk(Page::default().size, most_pages, |page| {
            self.list(filter, page)
        })
        .await
    }

    /// An application; `None` when there is none of that id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(&self, id: &ConnectionId) -> Result<Option<FaxApplication>, Error> {
        self.0.find(self.on(Method::GET, id)?).await
    }

    /// Makes an application. Asks once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create(&self, settings: &FaxApplicationSettings) -> Result<FaxApplication, Error> {
        let request = Request::new(Method::POST, self.0.base(), &["fax_applications"])?;
        self.0.ask(request.json(settings)?).await?.data()
    }

    /// Changes an application. Asks once.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is none.
    pub async fn update(
        &self,
        id: &ConnectionId,
        settings: &FaxApplicationSettings,
    ) -> Result<FaxApplication, Error> {
        let request = self.on(Method::PATCH, id)?.json(settings)?;
        self.0.ask(request).await?.data()
    }

    /// Removes an application; `false` when it was not there.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&self, id: &ConnectionId) -> Result<bool, Error> {
        self.0.remove(self.on(Method::DELETE, id)?).await
    }

    fn on(&self, method: Method, id: &ConnectionId) -> Result<Request, Error> {
        Request::new(method, self.0.base(), &["fax_applications", id.as_str()])
    }
}
