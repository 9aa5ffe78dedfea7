//! `POST /v1/fax/jobs`

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, Idempotency, JobRequest, Once, SendReply};
use faxgate_types::EmailAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::invalid::Invalid;
use super::words;
use crate::api::Api;
use crate::error::body::DetailBody;
use crate::extract::{headers, json};
use crate::limits::Counted;
use crate::once::answering;

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /v1/fax/jobs";

/// A fax to send.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateFaxJob)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct CreateBody {
    /// The document, as the upload answered it.
    document_upload_id: String,
    /// The recipient.
    #[schema(example = "+13014001910", min_length = 5, max_length = 40)]
    destination_fax: String,
    /// Where the number is, when it is written without its country code; one of the countries that the tenant may call.
    #[serde(default)]
    #[schema(default = "US", min_length = 2, max_length = 2)]
    destination_country: String,
    /// Who is told by e-mail how the fax ended, besides those that the tenant chose; where the gateway sends mail.
    #[schema(required = false, format = "email")]
    notification_email: Option<String>,
}

/// A fax that was accepted: it is stored durably.
#[derive(Serialize, ToSchema)]
#[schema(as = FaxJobCreated)]
pub(crate) struct CreatedBody {
    /// Its id: the transaction's `uuid` elsewhere.
    fax_job_id: Uuid,
    /// Always `queued_for_send`.
    #[schema(example = "queued_for_send")]
    status: &'static str,
}

/// Create a fax job
///
/// Queues an uploaded document for one recipient, from the tenant's default number. Once this answers 201, the fax is stored durably
/// and survives a restart.
#[utoipa::path(
    post,
    path = "/v1/fax/jobs",
    tag = "jobs",
    operation_id = "create_fax_job",
    params(
        ("X-Test-Mode" = Option<bool>, Header, description = "`true`: to the simulator, never to a real line."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters. The same key with the same request is answered with the first answer and sends nothing again."),
    ),
    request_body = CreateBody,
    responses(
        (status = 201, description = "The fax is queued.", body = CreatedBody),
        (status = 400, description = "The country or the number cannot or may not be dialled, or the tenant has no number to send from.", body = DetailBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = DetailBody),
        (status = 403, description = "The tenant is not the user's, or the role may not send.", body = DetailBody),
        (status = 404, description = "There is no such document, or it is another tenant's.", body = DetailBody),
        (status = 409, description = "The Idempotency-Key was used for another request.", body = DetailBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = DetailBody),
        (status = 422, description = "The body is no JSON object, or a field is missing or wrong.", body = Invalid),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_job(&request, Counted::Send, async |caller| {
        let body = match json::read(request.headers(), payload, &api.room).await {
            Ok(body) => body,
            Err(error) if error.code == "UNSUPPORTED_MEDIA_TYPE" => {
                return Ok(Invalid::body("model_attributes_type", error.message).answer());
            }
            Err(error) => return Err(error),
        };
        let asked = match read(&body.bytes) {
            Ok(asked) => asked,
            Err(invalid) => return Ok(invalid.answer()),
        };
        let job = asked.into_request(request.headers())?;
        let key = key(request.headers(), job.test_mode, &body.bytes)?;
        let answer = answering(StatusCode::CREATED, |reply: &SendReply| CreatedBody {
            fax_job_id: reply.fax.uuid(),
            status: words::QUEUED,
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app
                .create_job(&caller, JobRequest { once, ..job })
                .await
        })
        .await
    })
    .await
}

/// What the body asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    document: String,
    destination: String,
    country: String,
    notify: Option<EmailAddress>,
}

impl Asked {
    fn into_request(self, from: &HeaderMap) -> Result<JobRequest, Error> {
        let test_mode = headers::test_mode(from)?;
        let document = self.document.parse();
        Ok(JobRequest {
            document: document
                .map_err(|_| Error::not_found("NOT_FOUND", "Document upload not found"))?,
            destination: self.destination,
            country: self.country,
            test_mode,
            notify: self.notify,
            once: Once::default(),
        })
    }
}

fn key(from: &HeaderMap, test_mode: bool, body: &[u8]) -> Result<Option<Idempotency>, Error> {
    let key = headers::idempotency_key(from)?;
    Ok(key.map(|key| Idempotency {
        key,
        body_sha256: fingerprint(test_mode, body),
    }))
}

/// What makes two requests the same: a rehearsal is not the real fax.
fn fingerprint(test_mode: bool, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"job");
    hash.update([u8::from(test_mode)]);
    hash.update(body);
    hash.finalize().into()
}

fn read(body: &[u8]) -> Result<Asked, Invalid> {
    let mut fields: Map<String, Value> = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => {
            let msg = "Input should be a valid dictionary or object to extract fields from";
            return Err(Invalid::body("model_attributes_type", msg));
        }
        // serde_json tells what it expected and where, never what it read.
        Err(error) => {
            return Err(Invalid::body(
                "json_invalid",
                format!("JSON decode error: {error}"),
            ));
        }
    };
    let mut invalid = Invalid::default();
    let mut asked = Asked {
        document: invalid.text(&mut fields, "document_upload_id", 0..=255),
        destination: invalid.text(&mut fields, "destination_fax", 5..=40),
        country: if fields.contains_key("destination_country") {
            invalid.text(&mut fields, "destination_country", 2..=2)
        } else {
            "US".to_owned()
        },
        notify: None,
    };
    match fields.get("notification_email") {
        None | Some(Value::Null) => {}
        Some(Value::String(address)) => match address.parse() {
            Ok(address) => asked.notify = Some(address),
            Err(_) => invalid.note(
                "notification_email",
                "value_error",
                "value is not a valid email address",
            ),
        },
        Some(_) => invalid.note(
            "notification_email",
            "string_type",
            "Input should be a valid string",
        ),
    }
    if invalid.is_empty() {
        Ok(asked)
    } else {
        Err(invalid)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shown(body: &str) -> String {
        serde_json::to_string(&read(body.as_bytes()).unwrap_err()).unwrap()
    }

    #[test]
    fn the_body_of_the_example_is_read() {
        let mut body = json!({"document_upload_id": "d", "destination_fax": "+13014001910"});
        let asked = read(body.to_string().as_bytes()).unwrap();
        assert_eq!(
            (asked.destination.as_str(), asked.country.as_str()),
            ("+13014001910", "US")
        );
        body["destination_country"] = json!("TR");
        body["notification_email"] = json!("user@example.com");
        assert_eq!(read(body.to_string().as_bytes()).unwrap().country, "TR");
    }

    #[test]
    fn what_is_wrong_is_told_as_a_list() {
        insta::assert_snapshot!(shown("{}"), @r#"{"detail":[{"loc":["body","document_upload_id"],"msg":"Field required","type":"missing"},{"loc":["body","destination_fax"],"msg":"Field required","type":"missing"}]}"#);
        insta::assert_snapshot!(shown(r#"{"document_upload_id":1,"destination_fax":"911","destination_country":"USA","notification_email":"nobody"}"#), @r#"{"detail":[{"loc":["body","document_upload_id"],"msg":"Input should be a valid string","type":"string_type"},{"loc":["body","destination_fax"],"msg":"String should have at least 5 characters","type":"string_too_short"},{"loc":["body","destination_country"],"msg":"String should have at most 2 characters","type":"string_too_long"},{"loc":["body","notification_email"],"msg":"value is not a valid email address","type":"value_error"}]}"#);
        insta::assert_snapshot!(shown("[]"), @r#"{"detail":[{"loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","type":"model_attributes_type"}]}"#);
        insta::assert_snapshot!(shown("{"), @r#"{"detail":[{"loc":["body"],"msg":"JSON decode error: EOF while parsing an object at line 1 column 1","type":"json_invalid"}]}"#);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
        }

        #[test]
        fn hostile_values_are_refused_or_read_but_never_panic(
            document in any::<String>(), number in any::<String>(), country in any::<String>(), mail in any::<String>(),
        ) {
            let body = json!({
                "document_upload_id": document, "destination_fax": number,
                "destination_country": country, "notification_email": mail,
            });
            if let Ok(asked) = read(body.to_string().as_bytes()) {
                prop_assert_eq!(asked.country.chars().count(), 2);
                prop_assert!(asked.destination.chars().count() <= 40);
            }
        }
    }
}
