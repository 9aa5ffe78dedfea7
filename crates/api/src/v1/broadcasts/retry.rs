//! `POST /api/v1/broadcasts/{broadcast}/retry`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Broadcast;

use super::model::{BroadcastBody, ScheduleBody};
use super::named;
use super::schedule::time;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/broadcasts/{broadcast}/retry";

/// Retry a broadcast
///
/// A new broadcast of one that has ended, to those recipients whose fax failed. Who may have it (`unknown`) is not among them.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/retry",
    tag = "broadcasts",
    operation_id = "retry_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = ScheduleBody,
    responses(
        (status = 201, description = "The new broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "send_at is no time, or too far ahead.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "It has not ended, nobody failed, or its document is not kept any more.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn retry(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let send_at = time(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &Broadcast| {
            BroadcastBody::from(made.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.retry_broadcast(&caller, id, send_at, once).await
        })
        .await
    })
    .await
}
