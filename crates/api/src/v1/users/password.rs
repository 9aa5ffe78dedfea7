//! `POST /api/v1/users/{user}/password`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ResetBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;

/// Reset a user's password
///
/// For operators, and for administrators of whoever belongs to their tenant only; an administrator's or operator's takes a session, no
/// API key. One's own is changed by POST /api/v1/auth/password. The user's sessions end at once; their API keys go on
/// working unless `revoke_keys` says otherwise.
#[utoipa::path(
    post,
    path = "/api/v1/users/{user}/password",
    tag = "users",
    operation_id = "reset_password",
    params(("user" = String, Path, description = "The user's id."),),
    request_body = ResetBody,
    responses(
        (status = 204, description = "It is changed."),
        (status = 400, description = "The password is missing or too short.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, it takes a session, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they belong to other tenants only.", body = EnvelopeErrorBody),
        (status = 409, description = "It is the caller's own.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn reset(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let password = fields.text("password", 1024, "the new password");
        let revoke_keys = fields.flag("revoke_keys");
        fields.finish()?;
        api.app
            .reset_password(&asker(&caller), user, &password, revoke_keys)
            .await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}
