//! Orders of numbers: `/number_orders`.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::id::{ConnectionId, NumberOrderId};
use crate::lenient;
use crate::number::Number;
use crate::page::{self, List, Page, Walk};
use crate::request::Request;
use crate::word::words;

/// Operations on orders; see [`Client::number_orders`].
#[derive(Clone, Copy, Debug)]
pub struct NumberOrders<'a>(pub(crate) &'a Client);

words! {
    /// Where an order stands, or one number of it.
    NumberOrderStatus {
        /// Not decided: ask again later.
        Pending = "pending",
        /// At its end: the account has the number.
        Success = "success",
        /// At its end: the account has not got the number.
        Failure = "failure",
    }
}

/// What is ordered.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewNumberOrder {
    /// The numbers.
    pub phone_numbers: Vec<NumberToOrder>,
    /// The fax application that the numbers are attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// A note. Telnyx has no idempotency key: a note that is unique finds the order again after an answer was lost
    /// ([`NumberOrderFilter::customer_reference`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_reference: Option<String>,
    /// The billing group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_group_id: Option<String>,
    /// The messaging profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messaging_profile_id: Option<String>,
}

/// One number to order.
#[derive(Clone, Debug, Serialize)]
pub struct NumberToOrder {
    /// The number, +E.164.
    pub phone_number: Number,
    /// The documents that the number's country wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement_group_id: Option<String>,
    /// The bundle it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle_id: Option<String>,
}

impl From<Number> for NumberToOrder {
    fn from(phone_number: Number) -> Self {
        Self {
            phone_number,
            requirement_group_id: None,
            bundle_id: None,
        }
    }
}

/// An order.
#[derive(Clone, Debug, Deserialize)]
pub struct NumberOrder {
    /// Its id.
    pub id: NumberOrderId,
    /// Where it stands.
    #[serde(default)]
    pub status: NumberOrderStatus,
    /// Its numbers.
    #[serde(default, deserialize_with = "lenient::list")]
    pub phone_numbers: Vec<OrderedNumber>,
    /// How many those are.
    #[serde(default, deserialize_with = "lenient::count")]
    pub phone_numbers_count: Option<u32>,
    /// Whether every number's requirements are met.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub requirements_met: Option<bool>,
    /// Its parts, one for each country.
    #[serde(default, deserialize_with = "lenient::list")]
    pub sub_number_orders_ids: Vec<String>,
    /// The fax application.
    #[serde(default, deserialize_with = "lenient::word")]
    pub connection_id: Option<ConnectionId>,
    /// The note.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_reference: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// One number of an order.
#[derive(Clone, Debug, Deserialize)]
pub struct OrderedNumber {
    /// The id within the order. Nothing promises that the account's number has the same: look it up by its number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The number.
    pub phone_number: Number,
    /// Where it stands.
    #[serde(default)]
    pub status: NumberOrderStatus,
    /// Whether its requirements are met.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub requirements_met: Option<bool>,
    /// Where its requirements stand, such as `requirement-info-pending`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub requirements_status: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "lenient::text")]
    pub country_code: Option<String>,
}

/// Which orders; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct NumberOrderFilter {
    /// With exactly this note.
    pub customer_reference: Option<String>,
    /// That stand here.
    pub status: Option<NumberOrderStatus>,
}

impl NumberOrders<'_> {
    /// Orders numbers: asks once, at once, and never again by itself. The order is worked on afterwards: ask
    /// [`get`](Self::get) until its status is final.
    ///
    /// # Errors
    /// [`Error::delivery`] tells whether there may be an order all the same.
    pub async fn create(&self, order: &NewNumberOrder) -> Result<NumberOrder, Error> {
        let request = Request::new(Method::POST, self.0.base(), &["number_orders"])?;
        self.0.ask(request.json(order)?).await?.data()
    }

    /// An order; `None` when there is none of that id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(&self, id: &NumberOrderId) -> Result<Option<NumberOrder>, Error> {
        let path = ["number_orders", id.as_str()];
        let request = Request::new(Method::GET, self.0.base(), &path)?;
        self.0.find(request).await
    }

    /// One page of the orders.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(
        &self,
        filter: &NumberOrderFilter,
        page: Page,
    ) -> Result<List<NumberOrder>, Error> {
        let request = Request::new(Method::GET, self.0.base(), &["number_orders"])?
            .query_if(
                "filter[customer_reference]",
                filter.customer_reference.as_ref(),
            )
            .query_if("filter[status]", filter.status.as_ref())
            .page(page);
        self.0.ask(request).await?.read()
    }

    /// The orders of `most_pages` pages at most.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn walk(
        &self,
        filter: &NumberOrderFilter,
        most_pages: u32,
    ) -> Result<Walk<NumberOrder>, Error> {
        page::walk(Page::default().size, most_pages, |page| {
            self.list(filter, page)
        })
        .await
    }
}
