//! `/api/v1/lists`: lists of contacts.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod look;
pub(crate) mod members;
pub(crate) mod model;
pub(crate) mod remove;

use actix_web::HttpRequest;
use faxgate_core::Error;
use faxgate_types::ListId;

/// The list that the path names.
fn named(request: &HttpRequest) -> Result<ListId, Error> {
    let id = request.match_info().query("list").parse();
    id.map_err(|_| Error::not_found("NO_SUCH_LIST", "there is no such list"))
}
