//! `POST /api/v1/covers`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::CoverTemplate;

use super::model::{NewTemplateBody, TemplateBody, read};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/covers";

/// Add a cover template
///
/// For the tenant's administrators.
#[utoipa::path(
    post,
    path = "/api/v1/covers",
    tag = "covers",
    operation_id = "add_cover",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewTemplateBody,
    responses(
        (status = 201, description = "The template.", body = Envelope<TemplateBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 409, description = "There is a template of that name already, or there are too many; or the Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |template: &CoverTemplate| {
            TemplateBody::from(template.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.add_cover_template(&caller, new, once).await
        })
        .await
    })
    .await
}
