#![doc = include_str!("../README.md")]

mod api;
mod auth;
mod docs;
mod entry;
mod error;
mod extract;
mod fax;
mod health;
mod jobs_api;
mod limits;
mod multipart;
mod observe;
mod once;
mod openapi;
mod options;
mod routes;
mod v1;

pub use api::Api;
pub use openapi::openapi_json;
pub use options::{ApiOptions, Quotas};
pub use routes::configure;
pub use v1::events::hangup::on_connect;
