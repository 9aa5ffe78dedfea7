//! `POST /auth/register`, also `POST /api/v1/auth/register`: people who let themselves in.

use actix_web::{HttpRequest, HttpResponse, web};

use super::credentials::{self, CredentialsBody};
use super::login::SessionBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::{EnvelopeErrorBody, ErrorBody};
use crate::extract::json;

/// Register
///
/// Adds a user and logs them in, where the operator allows it (`auth.allow_registration`). They become a member of the tenant that the
/// operator chose, or get one of their own, which they administer.
#[utoipa::path(
    post,
    path = "/auth/register",
    tag = "auth",
    operation_id = "register",
    security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, description = "The token of a session.", body = SessionBody),
        (status = 400, description = "A field is missing or of the wrong type, the name has spaces, or the password is too short.", body = ErrorBody),
        (status = 403, description = "Nobody can register here.", body = ErrorBody),
        (status = 409, description = "There is such a user already.", body = ErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = ErrorBody),
    )
)]
pub(crate) async fn register(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let scope = Scope::of(request.path());
    api.enter_login(&request, scope, async || {
        api.app.registration()?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = credentials::read(&body.bytes)?;
        let agent = credentials::agent(&request);
        let token = api
            .app
            .register(&new.username, &new.password, agent)
            .await?;
        Ok(HttpResponse::Ok().json(SessionBody::new(token)))
    })
    .await
}

/// Register
///
/// As /auth/register.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "auth",
    operation_id = "register_v1",
    security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, description = "The token of a session.", body = SessionBody),
        (status = 400, description = "A field is missing or of the wrong type, the name has spaces, or the password is too short.", body = EnvelopeErrorBody),
        (status = 403, description = "Nobody can register here.", body = EnvelopeErrorBody),
        (status = 409, description = "There is such a user already.", body = EnvelopeErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = EnvelopeErrorBody),
    )
)]
#[expect(dead_code, reason = "describes the second path of an endpoint")]
pub(crate) async fn register_v1() {}
