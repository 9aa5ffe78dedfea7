//! `POST /api/v1/auth/api-keys/{key}/rotate`

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, MadeKey};

use super::keys::named;
use super::model::{MadeKeyBody, RotateBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/auth/api-keys/…/rotate";
/// How long the old key goes on working when nothing is said.
const DAY: u32 = 86_400;

/// Rotate an API key
///
/// Makes a key that may do what this one may, and lasts as long; this one goes on working meanwhile, for a day unless
/// `overlap_seconds` says otherwise. The body may be left out.
#[utoipa::path(
    post,
    path = "/api/v1/auth/api-keys/{key}/rotate",
    tag = "auth",
    operation_id = "rotate_api_key",
    params(
        ("key" = String, Path, description = "The key's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = RotateBody,
    responses(
        (status = 201, description = "The new key.", body = Envelope<MadeKeyBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "The user has no key with this id.", body = EnvelopeErrorBody),
        (status = 409, description = "The key has expired, or another has taken its place already; or the Idempotency-Key was used for another request, or is in use right now.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn rotate(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Keys, async |caller| {
        let old = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let overlap = read(&body.bytes)?;
        let key = once::key_to_secrets(&caller, &request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &MadeKey| {
            MadeKeyBody::from(made)
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.rotate_key(&caller, old, overlap, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<Duration, Error> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut fields = json::object(body)?;
    let seconds = fields.count("overlap_seconds").unwrap_or(DAY);
    fields.finish()?;
    Ok(Duration::from_secs(seconds.into()))
}
