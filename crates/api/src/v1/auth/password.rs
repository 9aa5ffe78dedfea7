//! `POST /api/v1/auth/password`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Credentials;

use super::model::PasswordBody;
use crate::api::Api;
use crate::auth::{SessionBody, agent};
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change my password
///
/// Every session of the user ends at once, this one as well; the answer is the token of a new one. API keys go on working unless
/// `revoke_keys` says otherwise. Wrong passwords count as failed logins.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password",
    tag = "auth",
    operation_id = "change_password",
    request_body = PasswordBody,
    responses(
        (status = 200, description = "A new session.", body = Envelope<SessionBody>),
        (status = 400, description = "A field is missing or of the wrong type, or the new password is too short.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is not good, the current password is wrong, or the second factor is missing or wrong.", body = EnvelopeErrorBody),
        (status = 403, description = "The key has not the scope `people`.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn password(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Keys, async |user| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let current = fields.text("current_password", 1024, "the password so far");
        let new = fields.text("new_password", 1024, "the password from now on");
        let totp = fields.optional_text("totp", 32, "the code of the second factor");
        let revoke_keys = fields.flag("revoke_keys");
        fields.finish()?;
        let shown = Credentials {
            username: user.username.clone(),
            password: current,
            totp,
        };
        let token = api
            .app
            .change_password(&user, shown, &new, revoke_keys, agent(&request))
            .await?;
        Ok(one(StatusCode::OK, SessionBody::new(token)))
    })
    .await
}
