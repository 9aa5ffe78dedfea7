//! `POST /api/v1/broadcasts/{broadcast}/schedule`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Broadcast, Caller, Error};
use faxgate_types::Timestamp;

use super::model::{BroadcastBody, ScheduleBody};
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/broadcasts/{broadcast}/schedule";

/// Schedule a broadcast
///
/// It starts at `send_at`, or at once when that is absent or past; one that waits for its time gets another one. From its start on no
/// recipients can be added. The hours in which its tenant sends hold for each of its faxes, on the recipient's clock.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts/{broadcast}/schedule",
    tag = "broadcasts",
    operation_id = "schedule_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = ScheduleBody,
    responses(
        (status = 200, description = "The broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "It has no recipients, or send_at is no time or too far ahead.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn schedule(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        set(&request, payload, &api, caller).await
    })
    .await
}

pub(super) async fn set(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
    caller: Caller,
) -> Result<HttpResponse, Error> {
    let id = named(request)?;
    let body = json::read(request.headers(), payload, &api.room).await?;
    let send_at = time(&body.bytes)?;
    let key = once::key(request, &body.bytes)?;
    let answer = answering(StatusCode::OK, |done: &Broadcast| {
        BroadcastBody::from(done.clone())
    });
    api.once(&caller, ENDPOINT, key, answer, async |once| {
        api.app.schedule_broadcast(&caller, id, send_at, once).await
    })
    .await
}

/// `send_at`; no body at all is as good as one without it.
pub(super) fn time(body: &[u8]) -> Result<Option<Timestamp>, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let mut fields = json::object(body)?;
    let send_at = fields.time("send_at");
    fields.finish()?;
    Ok(send_at)
}
