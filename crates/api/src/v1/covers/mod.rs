//! `/api/v1/covers`: one file an endpoint.

pub(crate) mod add;
pub(crate) mod change;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod logo;
pub(crate) mod model;
pub(crate) mod preview;
pub(crate) mod remove;
pub(crate) mod said;

use actix_web::HttpRequest;

use crate::extract::path;

/// The template that the path names.
fn named(request: &HttpRequest) -> String {
    path::text(request, "cover")
}
