//! `GET /api/fax/pages/…`: pages for a FreeSWITCH that shares no disk with the gateway, and for a carrier.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use crate::api::Api;
use crate::error::body::ErrorBody;
use crate::error::{Scope, render};
use crate::extract::query::Parameters;

/// Fetch pages by a signed link
///
/// For who sends them: the gateway makes a link for each fax and hands it over, good for ten minutes to a FreeSWITCH, and for an
/// hour to a carrier, which gets a PDF. It names one file and nothing else. Whatever is wrong with a link, the answer is the same.
#[utoipa::path(
    get,
    path = "/api/fax/pages/{key}",
    tag = "fax",
    operation_id = "linked_pages",
    security(()),
    params(
        ("key" = String, Path, description = "The stored file, as the link has it."),
        ("expires" = i64, Query, description = "When the link stops to work, in seconds since 1970."),
        ("signature" = String, Query, description = "HMAC-SHA256 of both, in hex."),
    ),
    responses(
        (status = 200, description = "The pages.", content((super::document::PagesBody = "image/tiff"), (super::document::PagesBody = "application/pdf"))),
        (status = 404, description = "The link is forged, too old, or its pages are gone.", body = ErrorBody),
    )
)]
pub(crate) async fn pages(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    match fetch(&request, &api).await {
        Ok(response) => response,
        Err(error) => render(Scope::Api, error),
    }
}

async fn fetch(request: &HttpRequest, api: &Api) -> Result<HttpResponse, Error> {
    let nothing = || Error::not_found("NOT_FOUND", "there is nothing here");
    let query = Parameters::of(request).map_err(|_| nothing())?;
    let key = request.match_info().get("key").ok_or_else(nothing)?;
    let expires = query
        .text("expires")
        .and_then(|text| text.parse().ok())
        .ok_or_else(nothing)?;
    let signature = query.text("signature").ok_or_else(nothing)?;
    let pages = api.app.linked_pages(key, expires, signature).await?;
    Ok(HttpResponse::Ok()
        .content_type(pages.media_type)
        // The address is the permission: nobody between us may keep what it opens.
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(pages.body))
}
