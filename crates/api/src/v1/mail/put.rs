//! `PUT /api/v1/mail`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::{MailBody, PutMailBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Set mail
///
/// Puts all settings in the place of what was there; what is left out gets its default.
#[utoipa::path(
    put,
    path = "/api/v1/mail",
    tag = "mail",
    operation_id = "put_mail",
    request_body = PutMailBody,
    responses(
        (status = 200, description = "The settings, with the token if one was made.", body = Envelope<MailBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let change = PutMailBody::read(&body.bytes)?;
        let asker = asker(&caller);
        let view = api.app.set_mail(&asker, &caller.tenant, change).await?;
        Ok(one(StatusCode::OK, MailBody::from(view)))
    })
    .await
}
