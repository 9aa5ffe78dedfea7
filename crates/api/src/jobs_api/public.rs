//! `GET /v1/uploads/public/{storage_key}`

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use crate::api::Api;
use crate::error::body::DetailBody;
use crate::error::{Scope, render};
use crate::extract::query::Parameters;
use crate::fax::document::PagesBody;

/// Fetch an uploaded document by a signed link
///
/// The link comes with the upload's answer, is good for an hour and for one document. No token; the document is in the answer,
/// without a redirect.
#[utoipa::path(
    get,
    path = "/v1/uploads/public/{storage_key}",
    tag = "jobs",
    operation_id = "public_upload",
    security(()),
    params(
        ("storage_key" = String, Path, description = "The document, as the link has it."),
        ("exp" = Option<i64>, Query, description = "When the link stops to work, in seconds since 1970."),
        ("sig" = Option<String>, Query, description = "HMAC-SHA256 of both, in hex."),
    ),
    responses(
        (status = 200, description = "The document, as it was uploaded.", content(
            (PagesBody = "application/pdf"), (PagesBody = "image/tiff"), (PagesBody = "image/png"), (PagesBody = "image/jpeg"),
            (PagesBody = "image/gif"), (PagesBody = "image/bmp"),
        )),
        (status = 403, description = "The link is forged or too old.", body = DetailBody),
        (status = 404, description = "The document is gone.", body = DetailBody),
    )
)]
pub(crate) async fn public(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    match fetch(&request, &api).await {
        Ok(response) => response,
        Err(error) => render(Scope::Job, error),
    }
}

async fn fetch(request: &HttpRequest, api: &Api) -> Result<HttpResponse, Error> {
    // A query that cannot be read holds no signature.
    let query = Parameters::of(request).ok();
    let text = |name| query.as_ref().and_then(|query| query.text(name));
    let key = request.match_info().get("storage_key").unwrap_or_default();
    let expires = text("exp").and_then(|text| text.parse().ok());
    let document = api.app.linked_document(key, expires, text("sig")).await?;
    let name = format!("inline; filename=\"{}\"", document.file_name);
    Ok(HttpResponse::Ok()
        .content_type(document.media_type)
        .insert_header((CONTENT_DISPOSITION, name))
        // The address is the permission: nobody between us may keep what it opens.
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(document.bytes))
}
