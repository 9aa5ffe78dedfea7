//! `GET /api/v1/webhooks/{webhook}/secret`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::WebhookWithSecretBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// The secret of a webhook endpoint
///
/// What signs, for administrators. Who asked is written to the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook}/secret",
    tag = "webhooks out",
    operation_id = "get_webhook_secret",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
    ),
    responses(
        (status = 200, description = "The endpoint, with its secret.", body = Envelope<WebhookWithSecretBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn secret(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let webhook = api.app.webhook_secret(&asker(caller), id).await?;
        Ok(one(StatusCode::OK, WebhookWithSecretBody::from(webhook)))
    })
    .await
}
