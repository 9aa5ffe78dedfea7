//! `GET /api/v1/auth/me`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::MeBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Who am I
///
/// The user, what this request showed, and the tenants that the user belongs to.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "auth",
    operation_id = "me",
    responses(
        (status = 200, description = "The user.", body = Envelope<MeBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn me(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter_user(&request, Scope::V1, Counted::Own, async |user| {
        let state = api.app.second_factor(user.id).await?;
        let places = api.app.places_of(&user).await?;
        Ok(one(StatusCode::OK, MeBody::new(user, state, places)))
    })
    .await
}
