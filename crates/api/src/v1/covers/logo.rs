//! `PUT /api/v1/covers/{cover}/logo`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::model::TemplateBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::body;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// As large as a logo may be.
const LIMIT: u64 = 512 * 1024;

/// A picture, or nothing.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct LogoBody(
    #[expect(dead_code, reason = "describes the body in the OpenAPI document")] Vec<u8>,
);

/// Set a cover's logo
///
/// A JPEG, or a PNG without transparency, as the request's body; an empty body takes the logo away. Faxes that were accepted before keep
/// theirs. For the tenant's administrators.
#[utoipa::path(
    put,
    path = "/api/v1/covers/{cover}/logo",
    tag = "covers",
    operation_id = "set_cover_logo",
    params(("cover" = String, Path, description = "The template's id or name.")),
    request_body(content((Option<LogoBody> = "image/png"), (Option<LogoBody> = "image/jpeg"))),
    responses(
        (status = 200, description = "The template.", body = Envelope<TemplateBody>),
        (status = 400, description = "The body is no picture that a cover can show.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such template.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = body::read(request.headers(), payload, LIMIT, &api.room).await?;
        let logo = (!body.bytes.is_empty()).then(|| body.bytes.clone());
        let changed = api
            .app
            .set_cover_logo(&caller, &named(&request), logo)
            .await?;
        Ok(one(StatusCode::OK, TemplateBody::from(changed)))
    })
    .await
}
