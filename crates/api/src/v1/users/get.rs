//! `GET /api/v1/users/{user}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::UserBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Get a user
///
/// Anybody for operators, whoever belongs to their tenant for administrators.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}",
    tag = "users",
    operation_id = "get_user",
    params(("user" = String, Path, description = "The user's id."),),
    responses(
        (status = 200, description = "The user.", body = Envelope<UserBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such user, or they belong to other tenants only.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let user = named(&request)?;
        let shown = api.app.person(&asker(&caller), user).await?;
        Ok(one(StatusCode::OK, UserBody::from(&shown)))
    })
    .await
}
