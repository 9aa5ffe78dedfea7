#![doc = include_str!("../README.md")]

mod available_number;
mod body;
mod client;
mod client_state;
mod config;
mod error;
mod exchange;
mod fax;
mod fax_application;
mod id;
mod lenient;
mod limit;
mod number;
mod number_order;
mod page;
mod phone_number;
mod request;
mod retry;
pub mod webhook;
mod word;

pub use available_number::{
    AvailableNumber, AvailableNumberFilter, AvailableNumbers, Cost, Feature, NamedFeature,
    NumberType, Region,
};
pub use client::Client;
pub use client_state::ClientState;
pub use config::{Config, DEFAULT_BASE_URL};
pub use error::{ApiError, Delivery, Error, Source};
pub use fax::{
    Contents, Direction, DisplayName, Fax, FaxFilter, FaxStatus, Faxes, Media, PreviewFormat,
    Quality, SendFax,
};
pub use fax_application::{
    FaxApplication, FaxApplicationFilter, FaxApplicationSettings, FaxApplications, InboundSettings,
    OutboundSettings,
};
pub use id::{ConnectionId, EventId, FaxId, NumberOrderId, PhoneNumberId};
pub use limit::RateLimit;
pub use number::Number;
pub use number_order::{
    NewNumberOrder, NumberOrder, NumberOrderFilter, NumberOrderStatus, NumberOrders, NumberToOrder,
    OrderedNumber,
};
pub use page::{List, Page, PageMeta, Walk};
pub use phone_number::{
    PhoneNumber, PhoneNumberChange, PhoneNumberFilter, PhoneNumberStatus, PhoneNumbers,
};
pub use retry::Retries;
pub use secrecy::SecretString;
