//! Paths that do not exist, and methods that a path does not have.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::Error;

use super::render::{json, render};
use super::scope::Scope;

/// 404 for a path that does not exist.
pub(crate) async fn no_such_path(request: HttpRequest) -> HttpResponse {
    render(
        Scope::of(request.path()),
        Error::not_found(
            "NO_SUCH_PATH",
            "There is nothing at this path; see /api/docs/ for what there is.",
        ),
    )
}

/// 405 for a method that a path does not have; `Allow` names those that it has.
pub(crate) fn method_not_allowed(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    json(
        status,
        HttpResponse::build(status).insert_header((ALLOW, allowed)),
        Scope::of(request.path()),
        "METHOD_NOT_ALLOWED",
        format!("This path takes {allowed} only."),
        BTreeMap::new(),
    )
}
