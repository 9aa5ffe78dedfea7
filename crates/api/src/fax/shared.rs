//! `GET /api/fax/shared/{tenant}/{fax}.pdf`: a fax's pages, by a link in a mail.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use crate::api::Api;
use crate::error::body::ErrorBody;
use crate::error::{Scope, render};
use crate::extract::query::Parameters;

/// Fetch a fax by a link in a mail
///
/// The gateway makes such a link for each notice that carries one. It opens one fax, for some days; whatever is wrong with a link, the
/// answer is the same.
#[utoipa::path(
    get,
    path = "/api/fax/shared/{tenant}/{file}",
    tag = "fax",
    operation_id = "shared_fax",
    security(()),
    params(
        ("tenant" = String, Path, description = "As the link has it."),
        ("file" = String, Path, description = "As the link has it: the fax's id and .pdf."),
        ("expires" = i64, Query, description = "When the link stops to work, in seconds since 1970."),
        ("signature" = String, Query, description = "HMAC-SHA256 of all of that, in hex."),
    ),
    responses(
        (status = 200, description = "The pages.", content((super::document::PagesBody = "application/pdf"))),
        (status = 404, description = "The link is forged, too old, or its pages are gone.", body = ErrorBody),
    )
)]
pub(crate) async fn shared(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    match fetch(&request, &api).await {
        Ok(response) => response,
        Err(error) => render(Scope::Api, error),
    }
}

async fn fetch(request: &HttpRequest, api: &Api) -> Result<HttpResponse, Error> {
    let nothing = || Error::not_found("NOT_FOUND", "there is nothing here");
    let query = Parameters::of(request).map_err(|_| nothing())?;
    let path = request.match_info();
    let tenant = path.get("tenant").ok_or_else(nothing)?;
    let file = path.get("file").ok_or_else(nothing)?;
    let fax = file.strip_suffix(".pdf").ok_or_else(nothing)?;
    let expires = query
        .text("expires")
        .and_then(|text| text.parse().ok())
        .ok_or_else(nothing)?;
    let signature = query.text("signature").ok_or_else(nothing)?;
    let pdf = api
        .app
        .shared_pages(tenant, fax, expires, signature)
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, "inline; filename=\"fax.pdf\""))
        // The address is the permission: nobody between us may keep what it opens.
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(pdf))
}
