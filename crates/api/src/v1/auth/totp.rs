//! `/api/v1/auth/totp`: the second factor (RFC 6238).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::{AgainBody, CodeBody, EnrolBody, EnrolmentBody, RecoveryBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Enrol a second factor
///
/// Answers its secret, this once; it takes a session, no API key, and the password once more. It is asked for at login only when a code of it has been shown: /api/v1/auth/totp/confirm.
#[utoipa::path(
    post,
    path = "/api/v1/auth/totp",
    tag = "auth",
    operation_id = "enrol_totp",
    request_body = EnrolBody,
    responses(
        (status = 201, description = "The secret.", body = Envelope<EnrolmentBody>),
        (status = 400, description = "The body is no JSON object, or the password is missing.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is not good, or the password is wrong.", body = EnvelopeErrorBody),
        (status = 403, description = "It takes a session, and the request shows an API key.", body = EnvelopeErrorBody),
        (status = 409, description = "There is one already, or the gateway has no `server.secret` to encrypt it with.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn enrol(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let password = fields.text("password", 1024, "the password");
        fields.finish()?;
        let made = api.app.enrol_second_factor(&user, &password).await?;
        let body = EnrolmentBody {
            secret: made.secret,
            uri: made.uri,
        };
        Ok(one(StatusCode::CREATED, body))
    })
    .await
}

/// Confirm the second factor
///
/// From now on logins need a code of it. The answer has ten recovery codes, this once: each takes the place of a code, once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/totp/confirm",
    tag = "auth",
    operation_id = "confirm_totp",
    request_body = CodeBody,
    responses(
        (status = 200, description = "Recovery codes.", body = Envelope<RecoveryBody>),
        (status = 400, description = "The code is wrong or too old, or the body is no JSON object.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "It takes a session, and the request shows an API key.", body = EnvelopeErrorBody),
        (status = 404, description = "None is enrolled.", body = EnvelopeErrorBody),
        (status = 409, description = "It is confirmed already.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn confirm(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let code = fields.text("totp", 32, "a code of the second factor");
        fields.finish()?;
        let recovery_codes = api.app.confirm_second_factor(&user, &code).await?;
        Ok(one(StatusCode::OK, RecoveryBody { recovery_codes }))
    })
    .await
}

/// Remove the second factor
///
/// Logins need the password only. It takes the password and a code once more; wrong ones count as failed logins.
#[utoipa::path(
    post,
    path = "/api/v1/auth/totp/remove",
    tag = "auth",
    operation_id = "remove_totp",
    request_body = AgainBody,
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is not good, the password is wrong, or the code is missing or wrong.", body = EnvelopeErrorBody),
        (status = 403, description = "The key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is none.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let password = fields.text("password", 1024, "the password");
        let totp = fields.optional_text("totp", 32, "a code of the second factor");
        fields.finish()?;
        api.app
            .remove_own_second_factor(&user, &password, totp)
            .await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
