//! `GET /api/v1/webhooks/{webhook}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::WebhookBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A webhook endpoint
///
/// How it is set up, and whether it fails.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook}",
    tag = "webhooks out",
    operation_id = "get_webhook",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
    ),
    responses(
        (status = 200, description = "The endpoint.", body = Envelope<WebhookBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let webhook = api.app.webhook(&asker(caller), id).await?;
        Ok(one(StatusCode::OK, WebhookBody::from(webhook)))
    })
    .await
}
