//! `POST /api/v1/auth/logout`

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;

/// Log out
///
/// Ends the session that this request shows, at once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    operation_id = "log_out",
    responses(
        (status = 204, description = "It has ended."),
        (status = 400, description = "The request shows an API key, which is no session.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 404, description = "It ended meanwhile.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn logout(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Own, async |user| {
        api.app.log_out(&user).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
