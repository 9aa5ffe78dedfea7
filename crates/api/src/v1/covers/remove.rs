//! `DELETE /api/v1/covers/{cover}`

use actix_web::{HttpRequest, HttpResponse, web};

use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;

/// Remove a cover template
///
/// Covers of faxes that were accepted before stay as they are. For the tenant's administrators.
#[utoipa::path(
    delete,
    path = "/api/v1/covers/{cover}",
    tag = "covers",
    operation_id = "remove_cover",
    params(("cover" = String, Path, description = "The template's id or name.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such template.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        api.app
            .remove_cover_template(&caller, &named(&request))
            .await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
