//! The account's numbers: `/phone_numbers`.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::available_number::NumberType;
use crate::client::Client;
use crate::error::Error;
use crate::id::{ConnectionId, PhoneNumberId};
use crate::lenient;
use crate::number::Number;
use crate::page::{self, List, Page, Walk};
use crate::request::Request;
use crate::word::words;

/// Operations on the account's numbers; see [`Client::phone_numbers`].
#[derive(Clone, Copy, Debug)]
pub struct PhoneNumbers<'a>(pub(crate) &'a Client);

words! {
    /// Where a number stands.
    PhoneNumberStatus {
        /// In use.
        Active = "active",
        /// Bought, not there yet.
        PurchasePending = "purchase-pending",
        /// Not bought.
        PurchaseFailed = "purchase-failed",
        /// On its way from another carrier.
        PortPending = "port-pending",
        /// It did not come.
        PortFailed = "port-failed",
        /// Being set up.
        ProvisionPending = "provision-pending",
        /// Given back.
        Deleted = "deleted",
        /// Kept for emergency calls alone.
        EmergencyOnly = "emergency-only",
        /// On its way to another carrier.
        PortOutPending = "port-out-pending",
        /// Gone to another carrier.
        PortedOut = "ported-out",
    }
}

/// A number of the account's.
#[derive(Clone, Debug, Deserialize)]
pub struct PhoneNumber {
    /// Its id.
    pub id: PhoneNumberId,
    /// The number.
    pub phone_number: Number,
    /// Where it stands.
    #[serde(default)]
    pub status: PhoneNumberStatus,
    /// Its kind; old numbers may have words of their own (`tollfree`, `longcode`).
    #[serde(default)]
    pub phone_number_type: NumberType,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "lenient::text")]
    pub country_iso_alpha2: Option<String>,
    /// What it is attached to: a fax application, or another connection.
    #[serde(default, deserialize_with = "lenient::word")]
    pub connection_id: Option<ConnectionId>,
    /// The name of that.
    #[serde(default, deserialize_with = "lenient::text")]
    pub connection_name: Option<String>,
    /// Tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// A note.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_reference: Option<String>,
    /// The billing group.
    #[serde(default, deserialize_with = "lenient::text")]
    pub billing_group_id: Option<String>,
    /// Whether it cannot be deleted.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub deletion_lock_enabled: Option<bool>,
    /// Whether Telnyx turns T.38 into audio for it.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub t38_fax_gateway_enabled: Option<bool>,
    /// When it was bought.
    #[serde(default, deserialize_with = "lenient::time")]
    pub purchased_at: Option<DateTime<Utc>>,
    /// When it came to the account.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<DateTime<Utc>>,
}

/// Which numbers; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct PhoneNumberFilter {
    /// Holding these digits (three at least); the `+` and whatever is no digit is left out of the question.
    pub phone_number: Option<Number>,
    /// That stand here.
    pub status: Option<PhoneNumberStatus>,
    /// Attached to this.
    pub connection_id: Option<ConnectionId>,
    /// With this note.
    pub customer_reference: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Of this country, ISO 3166-1 alpha-2.
    pub country_iso_alpha2: Option<String>,
}

/// What is changed of a number; `None` is left alone.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PhoneNumberChange {
    /// What it is attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// All its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_reference: Option<String>,
    /// Its billing group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_group_id: Option<String>,
}

impl PhoneNumbers<'_> {
    /// One page of the numbers.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(
        &self,
        filter: &PhoneNumberFilter,
        page: Page,
    ) -> Result<List<PhoneNumber>, Error> {
        // Anything but digits would find nothing.
        let digits = filter.phone_number.as_ref().map(|number| {
            let text = number.as_str().chars();
            text.filter(char::is_ascii_digit).collect::<String>()
        });
        let request = Request::new(Method::GET, self.0.base(), &["phone_numbers"])?
            .query_if("filter[phone_number]", digits)
            .query_if("filter[status]", filter.status.as_ref())
            .query_if("filter[connection_id]", filter.connection_id.as_ref())
            .query_if(
                "filter[customer_reference]",
                filter.customer_reference.as_ref(),
            )
            .query_if("filter[tag]", filter.tag.as_ref())
            .query_if(
                "filter[country_iso_alpha2]",
                filter.country_iso_alpha2.as_ref(),
            )
            .page(page);
        self.0.ask(request).await?.read()
    }

    /// The numbers of `most_pages` pages at most, of 100 each.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn walk(
        &self,
        filter: &PhoneNumberFilter,
        most_pages: u32,
    ) -> Result<Walk<PhoneNumber>, Error> {
        page::walk(Page::default().size, most_pages, |page| {
            self.list(filter, page)
        })
        .await
    }

    /// The account's number that is exactly `number`; `None` when the account has not got it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn by_number(&self, number: &Number) -> Result<Option<PhoneNumber>, Error> {
        let filter = PhoneNumberFilter {
            phone_number: Some(number.clone()),
            ..PhoneNumberFilter::default()
        };
        let list = self.list(&filter, Page::default()).await?;
        Ok(list
            .data
            .into_iter()
            .find(|one| one.phone_number == *number))
    }

    /// A number by its id; `None` when there is none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(&self, id: &PhoneNumberId) -> Result<Option<PhoneNumber>, Error> {
        self.0.find(self.on(Method::GET, id)?).await
    }

    /// Changes a number. Asks once.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is none.
    pub async fn update(
        &self,
        id: &PhoneNumberId,
        change: &PhoneNumberChange,
    ) -> Result<PhoneNumber, Error> {
        let request = self.on(Method::PATCH, id)?.json(change)?;
        self.0.ask(request).await?.data()
    }

    /// Gives a number back for good; `false` when it was not there.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&self, id: &PhoneNumberId) -> Result<bool, Error> {
        self.0.remove(self.on(Method::DELETE, id)?).await
    }

    fn on(&self, method: Method, id: &PhoneNumberId) -> Result<Request, Error> {
        Request::new(method, self.0.base(), &["phone_numbers", id.as_str()])
    }
}
