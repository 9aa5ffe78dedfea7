//! `POST /api/v1/broadcasts`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Broadcast, Caller, Error, NewBroadcast, Once};
use faxgate_types::Resolution;

use super::model::{BroadcastBody, NewBroadcastBody};
use super::some_recipients;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::{headers, json};
use crate::limits::Counted;
use crate::once;
use crate::v1::covers::said;
use crate::v1::envelope::{Envelope, answering};

/// The same for both names of the room.
const ENDPOINT: &str = "POST /api/v1/broadcasts";

/// Make a broadcast
///
/// One document to at most 100,000 recipients, a fax of priority bulk each. Without `start` and `send_at` it is a draft: recipients can be
/// added until it is scheduled. Numbers that are given twice are faxed once. What the rules say of a recipient (do-not-fax lists,
/// countries, emergency and premium numbers) is asked when its fax is made; whoever may not be faxed is skipped, with the reason.
#[utoipa::path(
    post,
    path = "/api/v1/broadcasts",
    tag = "broadcasts",
    operation_id = "create_broadcast",
    params(
        ("X-Test-Mode" = Option<bool>, Header, description = "`true`: to the simulator only."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewBroadcastBody,
    responses(
        (status = 201, description = "The broadcast.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field, a number or the sender is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list or contact.", body = EnvelopeErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
        (status = 503, description = "X-Test-Mode: true, and this gateway has no simulator.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        make(&request, payload, &api, caller).await
    })
    .await
}

/// Reads the request and makes the broadcast.
pub(super) async fn make(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
    caller: Caller,
) -> Result<HttpResponse, Error> {
    let test_mode = headers::test_mode(request.headers())?;
    let body = json::read(request.headers(), payload, &api.room).await?;
    let new = read(&body.bytes, test_mode)?;
    let mode: &[u8] = if test_mode { b"test" } else { b"" };
    let key = once::key_of(request, &[mode, &body.bytes])?;
    let answer = answering(StatusCode::CREATED, |made: &Broadcast| {
        BroadcastBody::from(made.clone())
    });
    api.once(&caller, ENDPOINT, key, answer, async |once| {
        api.app
            .create_broadcast(&caller, NewBroadcast { once, ..new })
            .await
    })
    .await
}

fn read(body: &[u8], test_mode: bool) -> Result<NewBroadcast, Error> {
    let mut fields = json::object(body)?;
    let name = fields.text("name", 800, "the broadcast's name");
    let filename = fields.text("filename", 200, "the name that the upload answered");
    let from = fields.optional_text("from", 100, "one of the tenant's own fax numbers");
    let resolution: Option<Resolution> = fields.word("resolution", "standard, fine, superfine");
    let cover = said::read(&mut fields);
    let send_at = fields.time("send_at");
    let start = match fields.has("start") {
        true => fields.flag("start"),
        false => send_at.is_some(),
    };
    let recipients = some_recipients(&mut fields);
    fields.finish()?;
    Ok(NewBroadcast {
        name,
        filename,
        from,
        resolution: resolution.unwrap_or(Resolution::Fine),
        cover,
        test_mode,
        recipients: recipients?,
        start,
        send_at,
        once: Once::default(),
    })
}
