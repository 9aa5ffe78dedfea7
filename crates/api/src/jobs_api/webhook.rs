//! `POST /v1/webhooks/telnyx`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, EventTaken};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::DetailBody;
use crate::fax::webhook::telnyx::{EventBody, take};

/// An event was taken in.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAck)]
pub(crate) struct AckBody {
    /// Always `true`.
    #[schema(example = true)]
    ok: bool,
    /// Whether it was known already.
    duplicate: bool,
    /// Always `false`: what concerns no fax of ours is stored all the same.
    #[schema(example = false)]
    ignored: bool,
    /// More about it.
    message: Option<&'static str>,
}

impl From<EventTaken> for AckBody {
    fn from(taken: EventTaken) -> Self {
        let duplicate = taken == EventTaken::Known;
        Self {
            ok: true,
            duplicate,
            ignored: false,
            message: duplicate.then_some("Duplicate Telnyx event ignored"),
        }
    }
}

/// Tell what happened to a fax at Telnyx
///
/// The same as `/api/fax/webhook/telnyx/`, for an application whose webhook address is not to be changed. A signature that is missing or
/// wrong is answered with 400.
#[utoipa::path(
    post,
    path = "/v1/webhooks/telnyx",
    tag = "jobs",
    operation_id = "job_api_telnyx_event",
    security(("ed25519" = [])),
    params(
        ("telnyx-timestamp" = i64, Header, description = "When it was signed, in Unix seconds; at most 300 s from now."),
        ("telnyx-signature-ed25519" = String, Header, description = "The Ed25519 signature of the timestamp, `|` and the body, in base64."),
    ),
    request_body(content((EventBody = "application/json"))),
    responses(
        (status = 200, description = "The event is stored, or was already.", body = AckBody),
        (status = 400, description = "The signature is missing, wrong, or too old; or the body is no event of Telnyx'.", body = DetailBody),
        (status = 403, description = "No key is configured (FAXGATE_TELNYX__PUBLIC_KEY).", body = DetailBody),
        (status = 413, description = "The body is too large (1 MiB).", body = DetailBody),
        (status = 503, description = "It could not be stored within 1.5 s. Send it again.", body = DetailBody),
    )
)]
pub(crate) async fn telnyx(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async || match take(&request, payload, &api).await {
        Ok(taken) => Ok(HttpResponse::Ok().json(AckBody::from(taken))),
        Err(error) => Err(known(error)),
    };
    api.enter_notice(&request, Scope::Job, false, work).await
}

/// The sentences that the example has for signatures.
fn known(error: Error) -> Error {
    let message = match error.code {
        "MISSING_SIGNATURE" => "Missing Telnyx signature headers",
        "INVALID_SIGNATURE" => "Invalid Telnyx webhook signature",
        _ => return error,
    };
    Error::bad_input(error.code, message)
}
