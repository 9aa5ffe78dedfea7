//! `/v1/…`: the job API of the Telnyx example, one endpoint a file. Its clients know these paths, bodies and words.

pub(crate) mod body;
pub(crate) mod cancel;
pub(crate) mod create;
mod entry;
pub(crate) mod health;
mod invalid;
mod progress;
pub(crate) mod public;
pub(crate) mod status;
mod timeline;
pub(crate) mod upload;
pub(crate) mod webhook;
mod words;

use actix_web::HttpRequest;
use faxgate_core::Error;
use faxgate_types::FaxId;

/// The job that the path names. What is no UUID names none.
fn job_of(request: &HttpRequest) -> Result<FaxId, Error> {
    request
        .match_info()
        .get("id")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::not_found("NOT_FOUND", "Fax job not found"))
}
