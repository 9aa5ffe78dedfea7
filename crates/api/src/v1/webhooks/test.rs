//! `POST /api/v1/webhooks/{webhook}/test`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TestBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Test a webhook endpoint
///
/// Sends a `webhook.test` event now, once, whether or not the endpoint is active, and answers how that went.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{webhook}/test",
    tag = "webhooks out",
    operation_id = "test_webhook",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
    ),
    responses(
        (status = 200, description = "How it went.", body = Envelope<TestBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn test(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let tried = api.app.test_webhook(&asker(caller), id).await?;
        Ok(one(StatusCode::OK, TestBody::from(tried)))
    })
    .await
}
