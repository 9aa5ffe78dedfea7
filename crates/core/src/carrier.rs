//! The port to a carrier's account: its numbers, and the media of faxes that it received.

use std::time::Duration;

use async_trait::async_trait;
use faxgate_types::E164;

/// A carrier whose API sells numbers and receives faxes for them.
///
/// Sending goes through a [`Transport`](crate::Transport); this is everything else that an account is for.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// The carrier's name, as it stands beside its numbers: `telnyx`.
    fn name(&self) -> &str;

    /// The application that received faxes go to; numbers are attached to it.
    fn application(&self) -> &str;

    /// How long its lists may go on without showing what was just done.
    fn settle(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Numbers that can be ordered.
    async fn search(&self, wanted: &NumberSearch) -> Result<Vec<AvailableNumber>, CarrierError>;

    /// Orders numbers for the application. `reference` comes back with [`Carrier::find_order`].
    async fn order(&self, reference: &str, numbers: &[E164]) -> Result<CarrierOrder, CarrierError>;

    /// The order that was made under this reference, if one was: for an order whose answer was lost.
    async fn find_order(&self, reference: &str) -> Result<Option<CarrierOrder>, CarrierError>;

    /// How an order stands.
    async fn order_status(&self, id: &str) -> Result<CarrierOrder, CarrierError>;

    /// One page of the account's numbers, from page 1 on.
    async fn numbers(&self, page: u32) -> Result<CarrierNumbers, CarrierError>;

    /// The account's own entry of a number.
    async fn find_number(&self, number: &E164) -> Result<Option<CarrierNumber>, CarrierError>;

    /// Attaches a number to the application, so that its faxes come here.
    async fn attach(&self, id: &str) -> Result<CarrierNumber, CarrierError>;

    /// Gives a number back. One that is gone already is no error.
    async fn release(&self, id: &str) -> Result<(), CarrierError>;

    /// A fresh link to the media of a received fax, when the one that came with its notice has expired.
    async fn fresh_media(&self, fax: &str) -> Result<Option<String>, CarrierError>;
}

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberSearch {
    /// Two letters.
    pub country: Option<String>,
    /// The digits after the country code (NDC): `212`.
    pub area_code: Option<String>,
    /// A town.
    pub locality: Option<String>,
    /// A state or province.
    pub administrative_area: Option<String>,
    /// `local`, `toll_free`, `mobile`, `national` or `shared_cost`.
    pub kind: Option<String>,
    /// Digits that the number starts with, ends with or contains.
    pub starts_with: Option<String>,
    /// As above.
    pub ends_with: Option<String>,
    /// As above.
    pub contains: Option<String>,
    /// What it has to be able to do besides `fax`: `voice`, `sms`.
    pub features: Vec<String>,
    /// At most so many.
    pub limit: u32,
}

/// A number that can be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableNumber {
    /// The number.
    pub number: E164,
    /// What it can do.
    pub features: Vec<String>,
    /// Where it belongs, most general first: `US`, `NY`, `New York City`.
    pub region: Vec<String>,
    /// What it costs a month and at once, as the carrier writes it, and in which currency.
    pub monthly_cost: Option<String>,
    /// As above.
    pub upfront_cost: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// The carrier works on it.
    Pending,
    /// The numbers are the account's.
    Success,
    /// They will not be.
    Failure,
}

/// An order of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierOrder {
    /// The carrier's id.
    pub id: String,
    /// How it stands.
    pub state: OrderState,
    /// What the carrier still wants: a proof of address, say.
    pub problem: Option<String>,
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierNumber {
    /// The carrier's id.
    pub id: String,
    /// The number.
    pub number: E164,
    /// The application that its faxes go to.
    pub application: Option<String>,
    /// The carrier's word for its state: `active`.
    pub status: Option<String>,
}

/// A page of the account's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarrierNumbers {
    /// The numbers.
    pub numbers: Vec<CarrierNumber>,
    /// Whether there are more pages.
    pub more: bool,
}

/// Why a carrier did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CarrierError {
    /// The kind.
    pub kind: CarrierErrorKind,
    /// The carrier's own code, when it gave one.
    pub code: Option<String>,
    /// What to tell an operator.
    pub message: String,
}

/// What kind of trouble it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierErrorKind {
    /// The request was refused, and nothing was done.
    Refused,
    /// There is no such thing.
    NotFound,
    /// The key was refused.
    Unauthenticated,
    /// Too many requests; nothing was done. Again after this long.
    RateLimited(Duration),
    /// It certainly did not arrive: no connection.
    NotSent,
    /// It may have been done.
    Unclear,
}
