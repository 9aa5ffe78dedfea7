//! `POST /api/v1/users/{user}/sign-out`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::auth::model::EndedBody;
use crate::v1::envelope::{Envelope, one};

/// Sign a user out
///
/// Every session and every API key of theirs ends at once. For operators, and for administrators of whoever belongs to their tenant only.
#[utoipa::path(
    post,
    path = "/api/v1/users/{user}/sign-out",
    tag = "users",
    operation_id = "sign_user_out",
    params(("user" = String, Path, description = "The user's id."),),
    responses(
        (status = 200, description = "How many there were.", body = Envelope<EndedBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they belong to other tenants only.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn sign_out(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        let (sessions, api_keys) = api.app.sign_out(&asker(&caller), user).await?;
        Ok(one(StatusCode::OK, EndedBody { sessions, api_keys }))
    })
    .await
}
