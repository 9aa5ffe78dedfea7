//! `POST /api/v1/webhooks/{webhook}/secret/rotate`

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, Rotation, WebhookWithSecret};

use super::model::{RotationBody, WebhookWithSecretBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/webhooks/{webhook}/secret/rotate";

/// Change the secret of a webhook endpoint
///
/// For a while the new and the former secret both sign (two signatures in `webhook-signature`), so that no event is lost while the
/// receiver changes over.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{webhook}/secret/rotate",
    tag = "webhooks out",
    operation_id = "rotate_webhook_secret",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body(content = Option<RotationBody>, description = "May be absent."),
    responses(
        (status = 200, description = "The endpoint, with its new secret.", body = Envelope<WebhookWithSecretBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "A former secret signs still; or the Idempotency-Key was used for another request, or its request is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn rotate(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let rotation = read(&body.bytes)?;
        let key = once::key_to_secrets(&caller, &request, &body.bytes)?;
        let answer = answering(StatusCode::OK, |made: &WebhookWithSecret| {
            WebhookWithSecretBody::from(made.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(caller.clone());
            let app = &api.app;
            app.rotate_webhook_secret(&asker, id, rotation, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<Rotation, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Rotation::default());
    }
    let mut fields = json::object(body)?;
    let secret = fields.optional_text("secret", 200, "whsec_ and base64");
    let overlap = fields.count("overlap_seconds");
    fields.finish()?;
    Ok(Rotation {
        secret,
        overlap: overlap.map(|seconds| Duration::from_secs(seconds.into())),
    })
}
