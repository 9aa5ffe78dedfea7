//! `POST /api/v1/covers/preview`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::CoverSaid;
use serde_json::Value;

use super::model::CoverBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::{json, strict};
use crate::limits::Counted;

/// See a cover
///
/// How a cover would look, as a PDF; with numbers and a count of pages that stand for real ones.
#[utoipa::path(
    post,
    path = "/api/v1/covers/preview",
    tag = "covers",
    operation_id = "preview_cover",
    request_body = CoverBody,
    responses(
        (status = 200, description = "The cover.", body = Vec<u8>, content_type = "application/pdf"),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such template.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn preview(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let said = Value::Object(json::object(&body.bytes)?.into_rest());
        let said: CoverSaid = strict::from_value(strict::without_nulls(said)).map_err(|error| {
            let problem = format!("is wrong: {error}");
            faxgate_core::Error::bad_input("INVALID_COVER", format!("the cover {problem}"))
                .field("cover", problem)
        })?;
        let pdf = api.app.preview_cover(&caller, said).await?;
        Ok(HttpResponse::Ok().content_type("application/pdf").body(pdf))
    })
    .await
}
