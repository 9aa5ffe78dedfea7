//! `DELETE /api/v1/users/{user}/totp`

use actix_web::{HttpRequest, HttpResponse, web};

use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;

/// Remove a user's second factor
///
/// When their device and their recovery codes are lost; for operators. An administrator's or operator's takes a session, no API key. One's
/// own is removed by POST /api/v1/auth/totp/remove.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/totp",
    tag = "users",
    operation_id = "remove_user_totp",
    params(("user" = String, Path, description = "The user's id."),),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, it takes a session, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they have none.", body = EnvelopeErrorBody),
        (status = 409, description = "It is the caller's own.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn remove(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        api.app.remove_second_factor(&asker(&caller), user).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
