//! `PATCH /api/v1/webhooks/{webhook}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, WebhookChange};

use super::model::{WebhookBody, WebhookChangeBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Change a webhook endpoint
///
/// Its address, its types of events, whether events are sent to it. Switched on after it was disabled, it gets first what waits for it.
#[utoipa::path(
    patch,
    path = "/api/v1/webhooks/{webhook}",
    tag = "webhooks out",
    operation_id = "change_webhook",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
    ),
    request_body = WebhookChangeBody,
    responses(
        (status = 200, description = "The endpoint, changed.", body = Envelope<WebhookBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let change = read(&body.bytes)?;
        let changed = api.app.change_webhook(&asker(caller), id, change).await?;
        Ok(one(StatusCode::OK, WebhookBody::from(changed)))
    })
    .await
}

fn read(body: &[u8]) -> Result<WebhookChange, Error> {
    let mut fields = json::object(body)?;
    let url = fields.optional_text("url", 2048, "where events are sent: https://…");
    let description = fields.optional_text("description", 2000, "a note");
    let event_types = fields.texts("event_types", "types of events, such as [\"fax.*\"]");
    let is_active = fields.has("is_active").then(|| fields.flag("is_active"));
    fields.finish()?;
    Ok(WebhookChange {
        url,
        description,
        event_types,
        is_active,
    })
}
