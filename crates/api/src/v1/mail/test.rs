//! `POST /api/v1/mail/test`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;
use faxgate_types::{EmailAddress, MailId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/mail/test";

/// A test.
#[derive(Deserialize, ToSchema)]
#[schema(as = TestMail)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct TestBody {
    /// To whom.
    #[schema(format = "email", example = "nurse@clinic.example")]
    to: String,
}

/// A test that is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = TestMailQueued)]
pub(crate) struct QueuedBody {
    /// The message's id: what becomes of it stands in the outbox.
    id: String,
}

/// Send a test message
///
/// Looks as the tenant's mail does. It is sent like every other message: what becomes of it stands in the outbox.
#[utoipa::path(
    post,
    path = "/api/v1/mail/test",
    tag = "mail",
    operation_id = "test_mail",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = TestBody,
    responses(
        (status = 202, description = "It is on its way.", body = Envelope<QueuedBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 409, description = "The gateway sends no mail; or the Idempotency-Key was used for another request, or its request is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn test(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Mail, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let to = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::ACCEPTED, |id: &MailId| QueuedBody {
            id: id.to_string(),
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(&caller);
            api.app.test_mail(&asker, &caller.tenant, to, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<EmailAddress, Error> {
    let mut fields = json::object(body)?;
    let to = fields.text("to", 320, "an address such as name@example.com");
    let read = to.parse();
    if let Err(error) = &read
        && !to.is_empty()
    {
        fields.problem("to", format!("is wrong: {error}"));
    }
    fields.finish()?;
    read.map_err(|error: faxgate_types::mail::NotAnAddress| {
        Error::bad_input("INVALID_FIELDS", error.to_string()).field("to", error.to_string())
    })
}
