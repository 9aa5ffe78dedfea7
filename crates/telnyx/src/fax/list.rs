//! `GET /faxes`.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::Method;

use crate::error::Error;
use crate::fax::{Direction, Fax, Faxes};
use crate::number::Number;
use crate::page::{self, List, Page, Walk};
use crate::request::Request;

/// Which faxes; `None` is any. Telnyx has no filter for the status or the `client_state`.
#[derive(Clone, Debug, Default)]
pub struct FaxFilter {
    /// Which way.
    pub direction: Option<Direction>,
    /// From exactly this number.
    pub from: Option<Number>,
    /// To exactly this number.
    pub to: Option<Number>,
    /// Made at this time or later.
    pub created_at_gte: Option<DateTime<Utc>>,
    /// Made later.
    pub created_at_gt: Option<DateTime<Utc>>,
    /// Made at this time or earlier.
    pub created_at_lte: Option<DateTime<Utc>>,
    /// Made earlier.
    pub created_at_lt: Option<DateTime<Utc>>,
}

impl Faxes<'_> {
    /// One page of the account's faxes, in Telnyx' order.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(&self, filter: &FaxFilter, page: Page) -> Result<List<Fax>, Error> {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let request = Request::new(Method::GET, self.0.base(), &["faxes"])?
            .query_if("filter[direction][eq]", filter.direction.as_ref())
            .query_if("filter[from][eq]", filter.from.as_ref())
            .query_if("filter[to][eq]", filter.to.as_ref())
            .query_if("filter[created_at][gte]", filter.created_at_gte.map(time))
            .query_if("filter[created_at][gt]", filter.created_at_gt.map(time))
            .query_if("filter[created_at][lte]", filter.created_at_lte.map(time))
            .query_if("filter[created_at][lt]", filter.created_at_lt.map(time))
            .page(page);
        self.0.ask(request).await?.read()
    }

    /// The faxes of `most_pages` pages at most, of 100 faxes each.
    ///
    /// # Errors
    /// See [`Error`]; what was read until then is dropped.
    pub async fn walk(&self, filter: &FaxFilter, most_pages: u32) -> Result<Walk<Fax>, Error> {
        page::walk(Page::default().size, most_pages, |page| {
            self.list(filter, page)
        })
        .await
    }
}
