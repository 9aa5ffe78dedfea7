//! `/api/fax/…`, one endpoint a file.

pub(crate) mod cancel;
pub(crate) mod document;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod pages;
pub(crate) mod send;
pub(crate) mod shared;
pub(crate) mod status;
pub(crate) mod upload;
pub(crate) mod webhook;

use actix_web::HttpRequest;
use faxgate_core::Error;
use faxgate_types::FaxId;

/// The transaction that the path names. What is no UUID names none.
fn fax_of(request: &HttpRequest) -> Result<FaxId, Error> {
    request
        .match_info()
        .get("uuid")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Error::not_found("NOT_FOUND", "Transaction not found").field("uuid", "is not a UUID")
        })
}
