//! Numbers that could be ordered: `GET /available_phone_numbers`.

use reqwest::Method;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::lenient;
use crate::number::Number;
use crate::page::List;
use crate::request::Request;
use crate::word::words;

/// Operations on available numbers; see [`Client::available_numbers`].
#[derive(Clone, Copy, Debug)]
pub struct AvailableNumbers<'a>(pub(crate) &'a Client);

words! {
    /// The kind of a number.
    NumberType {
        /// Of a place.
        Local = "local",
        /// Free for the caller.
        TollFree = "toll_free",
        /// Of a mobile telephone.
        Mobile = "mobile",
        /// Of a country, of no place in it.
        National = "national",
        /// Paid for by both ends.
        SharedCost = "shared_cost",
    }
}

words! {
    /// What a number can do.
    Feature {
        /// Fax.
        Fax = "fax",
        /// Calls.
        Voice = "voice",
        /// Short messages.
        Sms = "sms",
        /// Multimedia messages.
        Mms = "mms",
        /// Emergency calls.
        Emergency = "emergency",
    }
}

/// Which numbers; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct AvailableNumberFilter {
    /// ISO 3166-1 alpha-2.
    pub country_code: Option<String>,
    /// Area code.
    pub national_destination_code: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// State of the US or province of Canada.
    pub administrative_area: Option<String>,
    /// Rate center (US and Canada).
    pub rate_center: Option<String>,
    /// Kind.
    pub number_type: Option<NumberType>,
    /// Each of these can be done.
    pub features: Vec<Feature>,
    /// The number starts with these digits (after the area code, when one is given).
    pub starts_with: Option<String>,
    /// The number ends with these digits.
    pub ends_with: Option<String>,
    /// The number holds these digits.
    pub contains: Option<String>,
    /// Numbers at most.
    pub limit: Option<u32>,
    /// Whether numbers come that do not quite fit, rather than none (US and Canada).
    pub best_effort: Option<bool>,
    /// Only numbers that work at once (+1 toll-free).
    pub quickship: Option<bool>,
    /// Only numbers that can be reserved.
    pub reservable: Option<bool>,
    /// Leaves out what the account has reserved already.
    pub exclude_held_numbers: Option<bool>,
}

/// A number that could be ordered.
#[derive(Clone, Debug, Deserialize)]
pub struct AvailableNumber {
    /// The number.
    pub phone_number: Number,
    /// What it can do.
    #[serde(default, deserialize_with = "lenient::list")]
    pub features: Vec<NamedFeature>,
    /// What it costs.
    #[serde(default, deserialize_with = "lenient::object")]
    pub cost_information: Option<Cost>,
    /// Where it belongs.
    #[serde(default, deserialize_with = "lenient::list")]
    pub region_information: Vec<Region>,
    /// Whether it does not quite fit what was asked for.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub best_effort: Option<bool>,
    /// Whether it works at once.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub quickship: Option<bool>,
    /// Whether it can be reserved.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub reservable: Option<bool>,
    /// The number with letters.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vanity_format: Option<String>,
}

impl AvailableNumber {
    /// Whether the number can do this.
    #[must_use]
    pub fn can(&self, feature: &Feature) -> bool {
        self.features.iter().any(|one| one.name == *feature)
    }
}

/// A feature as it stands in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NamedFeature {
    /// Its name.
    #[serde(default)]
    pub name: Feature,
}

/// What a number costs. Amounts are decimal text, as Telnyx writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Cost {
    /// ISO 4217.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// A month.
    #[serde(default, deserialize_with = "lenient::text")]
    pub monthly_cost: Option<String>,
    /// Once.
    #[serde(default, deserialize_with = "lenient::text")]
    pub upfront_cost: Option<String>,
}

/// Where a number belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Region {
    /// `country_code`, `rate_center`, `state` or `location`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub region_type: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub region_name: Option<String>,
}

impl AvailableNumbers<'_> {
    /// Numbers that fit; not paged: `limit` says how many.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn search(
        &self,
        filter: &AvailableNumberFilter,
    ) -> Result<Vec<AvailableNumber>, Error> {
        let features: Vec<&str> = filter.features.iter().map(Feature::as_str).collect();
        let features = (!features.is_empty()).then(|| features.join(","));
        let request = Request::new(Method::GET, self.0.base(), &["available_phone_numbers"])?
            .query_if("filter[country_code]", filter.country_code.as_ref())
            .query_if(
                "filter[national_destination_code]",
                filter.national_destination_code.as_ref(),
            )
            .query_if("filter[locality]", filter.locality.as_ref())
            .query_if(
                "filter[administrative_area]",
                filter.administrative_area.as_ref(),
            )
            .query_if("filter[rate_center]", filter.rate_center.as_ref())
            .query_if("filter[phone_number_type]", filter.number_type.as_ref())
            .query_if("filter[features]", features)
            .query_if(
                "filter[phone_number][starts_with]",
                filter.starts_with.as_ref(),
            )
            .query_if("filter[phone_number][ends_with]", filter.ends_with.as_ref())
            .query_if("filter[phone_number][contains]", filter.contains.as_ref())
            .query_if("filter[limit]", filter.limit)
            .query_if("filter[best_effort]", filter.best_effort)
            .query_if("filter[quickship]", filter.quickship)
            .query_if("filter[reservable]", filter.reservable)
            .query_if("filter[exclude_held_numbers]", filter.exclude_held_numbers);
        let list: List<AvailableNumber> = self.0.ask(request).await?.read()?;
        Ok(list.data)
    }
}
