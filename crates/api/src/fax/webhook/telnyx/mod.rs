//! `POST /api/fax/webhook/telnyx/`: Telnyx tells what happens to its faxes.

mod event;
mod trust;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, EventTaken};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::body;

pub(crate) use event::EventBody;

/// Bytes that an event may have; those of Telnyx have a few thousand.
const LIMIT: u64 = 1024 * 1024;
/// Telnyx waits two seconds for an answer.
const PATIENCE: Duration = Duration::from_millis(1500);

/// An event was stored.
#[derive(Serialize, ToSchema)]
#[schema(as = CarrierEventAccepted)]
pub(crate) struct AcceptedBody {
    /// Always `accepted`.
    #[schema(example = "accepted")]
    status: &'static str,
}

/// Tell what happened to a fax at Telnyx
///
/// For Telnyx: the `webhook_event_url` of the fax application. The signature is checked on the bytes as they came, and the event
/// is stored before this answers; one that comes again is answered alike and changes nothing. Events may come in any order.
#[utoipa::path(
    post,
    path = "/api/fax/webhook/telnyx/",
    tag = "webhooks",
    operation_id = "telnyx_event",
    security(("ed25519" = [])),
    params(
        ("telnyx-timestamp" = i64, Header, description = "When it was signed, in Unix seconds; at most 300 s from now."),
        ("telnyx-signature-ed25519" = String, Header, description = "The Ed25519 signature of the timestamp, `|` and the body, in base64."),
    ),
    request_body(content((EventBody = "application/json"))),
    responses(
        (status = 200, description = "The event is stored, or was already.", body = AcceptedBody),
        (status = 400, description = "The body is no event of Telnyx'.", body = ErrorBody),
        (status = 401, description = "The signature is missing, wrong, or too old.", body = ErrorBody),
        (status = 403, description = "No key is configured (FAXGATE_TELNYX__PUBLIC_KEY).", body = ErrorBody),
        (status = 413, description = "The body is too large (1 MiB).", body = ErrorBody),
        (status = 503, description = "It could not be stored within 1.5 s. Send it again.", body = ErrorBody),
    )
)]
pub(crate) async fn telnyx(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    answer(&request, payload, &api).await
}

/// Tell what happened to a fax at Telnyx, once more
///
/// The same at another address: the `webhook_event_failover_url`, where Telnyx sends what it could not deliver.
#[utoipa::path(
    post,
    path = "/api/fax/webhook/telnyx/failover/",
    tag = "webhooks",
    operation_id = "telnyx_event_failover",
    security(("ed25519" = [])),
    params(
        ("telnyx-timestamp" = i64, Header, description = "When it was signed, in Unix seconds; at most 300 s from now."),
        ("telnyx-signature-ed25519" = String, Header, description = "The Ed25519 signature of the timestamp, `|` and the body, in base64."),
    ),
    request_body(content((EventBody = "application/json"))),
    responses(
        (status = 200, description = "The event is stored, or was already.", body = AcceptedBody),
        (status = 400, description = "The body is no event of Telnyx'.", body = ErrorBody),
        (status = 401, description = "The signature is missing, wrong, or too old.", body = ErrorBody),
        (status = 403, description = "No key is configured (FAXGATE_TELNYX__PUBLIC_KEY).", body = ErrorBody),
        (status = 413, description = "The body is too large (1 MiB).", body = ErrorBody),
        (status = 503, description = "It could not be stored within 1.5 s. Send it again.", body = ErrorBody),
    )
)]
pub(crate) async fn failover(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    answer(&request, payload, &api).await
}

async fn answer(request: &HttpRequest, payload: web::Payload, api: &Api) -> HttpResponse {
    let work = async || {
        let _ = take(request, payload, api).await?;
        Ok(HttpResponse::Ok().json(AcceptedBody { status: "accepted" }))
    };
    api.enter_notice(request, Scope::TelnyxWebhook, false, work)
        .await
}

/// Takes an event in: signed, read and stored, in that order. Every path that Telnyx may be told of ends here.
///
/// # Errors
/// `WEBHOOK_DISABLED` (403), `MISSING_SIGNATURE` and `INVALID_SIGNATURE` (401), `INVALID_EVENT` (400); and when it could not be
/// stored in time: then it has to come again.
pub(crate) async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<EventTaken, Error> {
    let signed = trust::of(request.headers(), &api.options)?;
    let body = body::read(request.headers(), payload, LIMIT, &api.room).await?;
    signed.check(&body.bytes, api.app.now())?;
    let event = event::read(&body.bytes)?;
    // What is begun goes on by itself: should it come to an end later, the event comes again and is known.
    timeout(PATIENCE, api.app.take_carrier_event(event))
        .await
        .unwrap_or_else(|_| {
            Err(Error::unavailable(
                "DATABASE_UNAVAILABLE",
                "the event could not be stored in time; send it again",
            ))
        })
}
