//! `/api/docs/`: the OpenAPI document for people (Swagger UI, served from the binary itself).

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::Error;
use utoipa_swagger_ui::Config;

use crate::error::fallback::no_such_path;
use crate::error::{Scope, render};

/// The page brings its own scripts and styles; it loads nothing from elsewhere.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// `/api/docs`: relative, so that it also works behind a proxy that adds a prefix.
pub(crate) async fn with_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "docs/"))
        .finish()
}

/// The description of the API, for people
///
/// A page that shows this document and can try it out. It needs nothing from other hosts.
#[utoipa::path(
    get,
    path = "/api/docs/",
    tag = "docs",
    operation_id = "docs",
    security(()),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
pub(crate) async fn page(request: HttpRequest) -> HttpResponse {
    let file = request.match_info().get("file").unwrap_or_default();
    match utoipa_swagger_ui::serve(file, Arc::new(Config::from("../openapi.json"))) {
        Ok(Some(file)) => {
            let mut response = HttpResponse::Ok();
            if file.gzpipped {
                response.insert_header((CONTENT_ENCODING, "gzip"));
            }
            response
                .content_type(file.content_type)
                .insert_header((CONTENT_SECURITY_POLICY, POLICY))
                .insert_header((CACHE_CONTROL, "no-cache"))
                .body(file.bytes.into_owned())
        }
        Ok(None) => no_such_path(request.clone()).await,
        Err(error) => render(Scope::Api, Error::internal(error.to_string())),
    }
}
