//! `POST /api/v1/webhooks/{webhook}/replay` and `…/deliveries/{delivery}/replay`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, LoggedDelivery, Replay, Replayed};

use super::model::{DeliveryDetailBody, ReplayBody, ReplayedBody};
use super::{asker, named, named_delivery};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Parts of the idempotency keys.
const RANGE: &str = "POST /api/v1/webhooks/{webhook}/replay";
const DELIVERY: &str = "POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/replay";

/// Send events again
///
/// Sends an endpoint the events of a time again, with their old ids, also those that it never got because it was disabled, or was not
/// there. At most 10,000, the oldest first; `next_since` says where to go on.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{webhook}/replay",
    tag = "webhooks out",
    operation_id = "replay_webhook",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = ReplayBody,
    responses(
        (status = 202, description = "They are on their way.", body = Envelope<ReplayedBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "Nothing is sent to the endpoint, switch it on first; or the Idempotency-Key was used for another request, or the same one is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn range(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let replay = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::ACCEPTED, |done: &Replayed| {
            ReplayedBody::from(*done)
        });
        api.once(&caller, RANGE, key, answer, async |once| {
            let asker = asker(caller.clone());
            api.app.replay_webhook(&asker, id, replay, once).await
        })
        .await
    })
    .await
}

/// Send a delivery again
///
/// With its old id and body, and all its tries before it. One that is being sent just now stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay",
    tag = "webhooks out",
    operation_id = "replay_webhook_delivery",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    responses(
        (status = 202, description = "It is on its way.", body = Envelope<DeliveryDetailBody>),
        (status = 400, description = "The Idempotency-Key is none.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such delivery, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "Nothing is sent to the endpoint, switch it on first; or the Idempotency-Key was used for another request, or the same one is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn delivery(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let (id, delivery) = (named(&request)?, named_delivery(&request)?);
        let key = once::key(&request, b"")?;
        let answer = answering(StatusCode::ACCEPTED, |found: &LoggedDelivery| {
            DeliveryDetailBody::from(found.clone())
        });
        api.once(&caller, DELIVERY, key, answer, async |once| {
            let (app, asker) = (&api.app, asker(caller.clone()));
            app.replay_webhook_delivery(&asker, id, delivery, once.reservation())
                .await?;
            app.webhook_delivery(&asker, id, delivery).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<Replay, Error> {
    const NO_SINCE: &str = "is required: a time such as 2025-08-24T18:00:00Z";
    let mut fields = json::object(body)?;
    if !fields.has("since") {
        fields.problem("since", NO_SINCE);
    }
    let since = fields.time("since");
    let until = fields.time("until");
    let event_types = fields.texts("event_types", "types of events, such as [\"fax.*\"]");
    fields.finish()?;
    let missing = || Error::bad_input("INVALID_FIELDS", NO_SINCE).field("since", NO_SINCE);
    Ok(Replay {
        since: since.ok_or_else(missing)?,
        until,
        event_types,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_needs_a_beginning() {
        let fields = |body: &[u8]| -> Vec<String> {
            read(body).unwrap_err().details.keys().cloned().collect()
        };
        assert_eq!(fields(b"{}"), ["since"]);
        assert_eq!(
            fields(br#"{"since": null, "until": 5}"#),
            ["since", "until"]
        );
        let replay = read(br#"{"since": "2025-08-24T18:00:00Z", "event_types": ["fax.*"]}"#);
        assert_eq!(replay.unwrap().event_types.unwrap(), ["fax.*"]);
    }
}
