//! `POST /api/v1/broadcasts/{broadcast}/pause`, `/resume` and `/cancel`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::BroadcastBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Pause a broadcast
///
/// From the answer on nothing more is made, and nothing that waits is dialled; calls on the line end.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/pause",
    tag = "broadcasts",
    operation_id = "pause_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn pause(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let broadcast = api.app.pause_broadcast(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, BroadcastBody::from(broadcast)))
    })
    .await
}

/// Resume a broadcast
///
/// What was set aside waits for its turn again.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/resume",
    tag = "broadcasts",
    operation_id = "resume_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn resume(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let broadcast = api.app.resume_broadcast(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, BroadcastBody::from(broadcast)))
    })
    .await
}

/// Cancel a broadcast
///
/// From the answer on nothing more is made or dialled, and calls on the line are ended; recipients turn `canceled` over the next seconds. Whoever had every page counts as sent.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/cancel",
    tag = "broadcasts",
    operation_id = "cancel_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn cancel(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let broadcast = api.app.cancel_broadcast(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, BroadcastBody::from(broadcast)))
    })
    .await
}
