//! `POST /api/v1/webhooks`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, NewWebhook, WebhookWithSecret};

use super::asker;
use super::model::{NewWebhookBody, WebhookWithSecretBody};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/webhooks";

/// Create a webhook endpoint
///
/// Events that happen from now on are sent to it, signed as Standard Webhooks describes. The answer has the secret that signs.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    tag = "webhooks out",
    operation_id = "create_webhook",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewWebhookBody,
    responses(
        (status = 201, description = "The endpoint, with its secret.", body = Envelope<WebhookWithSecretBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 409, description = "The tenant has as many endpoints as it may have; or the Idempotency-Key was used for another request, or its request is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let new = read(&body.bytes)?;
        let key = once::key_to_secrets(&caller, &request, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |made: &WebhookWithSecret| {
            WebhookWithSecretBody::from(made.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(caller.clone());
            api.app.create_webhook(&asker, new, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<NewWebhook, Error> {
    let mut fields = json::object(body)?;
    let url = fields.text("url", 2048, "where events are sent: https://…");
    let description = fields.optional_text("description", 2000, "a note");
    let event_types = fields.texts("event_types", "types of events, such as [\"fax.*\"]");
    let is_active = !fields.has("is_active") || fields.flag("is_active");
    let secret = fields.optional_text("secret", 200, "whsec_ and base64");
    fields.finish()?;
    Ok(NewWebhook {
        tenant: None,
        url,
        description: description.unwrap_or_default(),
        event_types: event_types.unwrap_or_else(|| vec!["*".to_owned()]),
        is_active,
        secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_wants_everything_and_is_active_unless_it_is_said_otherwise() {
        let new = read(br#"{"url": "https://example.com/"}"#).unwrap();
        assert_eq!(new.event_types, ["*"]);
        assert!(new.is_active);
        let new =
            read(br#"{"url": "https://example.com/", "is_active": false, "event_types": []}"#)
                .unwrap();
        assert!(new.event_types.is_empty());
        assert!(!new.is_active);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = br#"{"url": 5, "description": [], "event_types": "fax.*", "is_active": "yes", "secret": 1}"#;
        let error = read(wrong).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(
            fields,
            ["description", "event_types", "is_active", "secret", "url"]
        );
    }
}
