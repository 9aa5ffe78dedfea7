//! `PUT /api/v1/covers/{cover}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::{NewTemplateBody, TemplateBody, read};
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a cover template
///
/// Its name, rank and look as a whole; the logo stays. Covers of faxes that were accepted before stay as they are. For the tenant's
/// administrators.
#[utoipa::path(
    put,
    path = "/api/v1/covers/{cover}",
    tag = "covers",
    operation_id = "change_cover",
    params(("cover" = String, Path, description = "The template's id or name.")),
    request_body = NewTemplateBody,
    responses(
        (status = 200, description = "The template.", body = Envelope<TemplateBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such template.", body = EnvelopeErrorBody),
        (status = 409, description = "There is a template of that name already.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let changed = api
            .app
            .change_cover_template(&caller, &named(&request), new)
            .await?;
        Ok(one(StatusCode::OK, TemplateBody::from(changed)))
    })
    .await
}
