//! `POST /auth/login`, also `POST /api/v1/auth/login`: from a name and a password to a session.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::credentials::{self, CredentialsBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::{EnvelopeErrorBody, ErrorBody};
use crate::extract::json;

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// A JWT: goes into the header `Authorization: Bearer …`, on every endpoint.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl")]
    access_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
}

impl SessionBody {
    pub(crate) fn new(access_token: String) -> Self {
        Self {
            access_token,
            token_type: "bearer",
        }
    }
}

/// Log in
///
/// Opens a session, for 30 minutes unless the operator chose otherwise, and answers its token. It works on every endpoint, beside API
/// tokens, and ends at once by logout, by a change of the password, when the user is disabled, and when the session is revoked.
#[utoipa::path(
    post,
    path = "/auth/login",
    tag = "auth",
    operation_id = "log_in",
    security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, description = "The session's token.", body = SessionBody),
        (status = 400, description = "The body is no JSON object, or a field is missing or of the wrong type.", body = ErrorBody),
        (status = 401, description = "Wrong name or password, alike; or the second factor is missing (`TOTP_REQUIRED`) or wrong (`INVALID_TOTP`).", body = ErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = ErrorBody),
    )
)]
pub(crate) async fn login(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let scope = Scope::of(request.path());
    api.enter_login(&request, scope, async || {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let shown = credentials::read(&body.bytes)?;
        let token = api.app.log_in(shown, credentials::agent(&request)).await?;
        Ok(HttpResponse::Ok().json(SessionBody::new(token)))
    })
    .await
}

/// Log in
///
/// As /auth/login.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "auth",
    operation_id = "log_in_v1",
    security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, description = "The session's token.", body = SessionBody),
        (status = 400, description = "The body is no JSON object, or a field is missing or of the wrong type.", body = EnvelopeErrorBody),
        (status = 401, description = "Wrong name or password, alike; or the second factor is missing or wrong.", body = EnvelopeErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = EnvelopeErrorBody),
    )
)]
#[expect(dead_code, reason = "describes the second path of an endpoint")]
pub(crate) async fn login_v1() {}
