//! `POST /api/auth/token/`: from a name and a password to a token.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::credentials::{self, CredentialsBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::json;

/// An API token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenBody {
    /// Goes into the header `Authorization: Token …`. Shown once.
    #[schema(example = "fxg_000000000000000000000000000000000000")]
    token: String,
}

/// Obtain a token
///
/// Answers a new API token for a user name and a password. Tokens do not expire unless an operator made them so.
#[utoipa::path(
    post,
    path = "/api/auth/token/",
    tag = "auth",
    operation_id = "obtain_token",
    security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, description = "A new token.", body = TokenBody),
        (status = 400, description = "The body is no JSON object, or a field is missing or of the wrong type.", body = ErrorBody),
        (status = 401, description = "Wrong name or password, alike; or the second factor is missing or wrong.", body = ErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = ErrorBody),
    )
)]
pub(crate) async fn obtain(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_login(&request, Scope::Api, async || {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let shown = credentials::read(&body.bytes)?;
        let token = api.app.issue_token(shown).await?;
        Ok(HttpResponse::Ok().json(TokenBody { token }))
    })
    .await
}
