//! `/api/v1/tenants`: one file an endpoint.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod resume;
pub(crate) mod suspend;

use actix_web::HttpRequest;
use faxgate_core::{Asker, Caller};

pub(super) fn asker(caller: &Caller) -> Asker {
    Asker::Caller(Box::new(caller.clone()))
}

/// The tenant that the path names.
fn named(request: &HttpRequest) -> &str {
    request.match_info().query("tenant")
}
