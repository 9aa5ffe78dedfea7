//! `POST /api/v1/webhooks/{webhook}/test`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::TriedOut;

use super::model::TestBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/v1/webhooks/{webhook}/test";

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
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    responses(
        (status = 200, description = "How it went.", body = Envelope<TestBody>),
        (status = 400, description = "The Idempotency-Key is none.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request, or the same one is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn test(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let key = once::key(&request, b"")?;
        let answer = answering(StatusCode::OK, |tried: &TriedOut| {
            TestBody::from(tried.clone())
        });
        // Whoever dies between the message and its answer sends another one: it is a test.
        api.once(&caller, ENDPOINT, key, answer, async |_| {
            api.app.test_webhook(&asker(caller.clone()), id).await
        })
        .await
    })
    .await
}
