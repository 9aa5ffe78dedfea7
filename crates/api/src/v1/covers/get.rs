//! `GET /api/v1/covers/{cover}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TemplateBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A cover template
///
/// One of the tenant's.
#[utoipa::path(
    get,
    path = "/api/v1/covers/{cover}",
    tag = "covers",
    operation_id = "get_cover",
    params(("cover" = String, Path, description = "The template's id or name.")),
    responses(
        (status = 200, description = "The template.", body = Envelope<TemplateBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such template.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let found = api.app.cover_template(&caller, &named(&request)).await?;
        Ok(one(StatusCode::OK, TemplateBody::from(found)))
    })
    .await
}
