//! `POST /api/fax/send/`

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{ByMail, Error, Idempotency, Once, SendReply, SendRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::PriorityWord;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::SendErrorBody;
use crate::extract::fields::{Fields, kind};
use crate::extract::{headers, json};
use crate::limits::Counted;
use crate::once::answering;
use crate::v1::covers::model::CoverBody;
use crate::v1::covers::said as cover;

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/fax/send";

/// A fax to send.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct SendBody {
    /// The sender: one of the tenant's own fax numbers (DIDs).
    #[schema(example = "5551234567", max_length = 64)]
    username: String,
    /// The file's name, as the upload answered it.
    #[schema(example = "a4b5c6d7-e8f9-1234-5678-90abcdef1234.pdf", max_length = 255)]
    filename: String,
    /// The recipients, separated by commas; 1 to 1000. An array of strings is taken as well.
    numbers: NumbersBody,
    /// Superfine (204 x 391 dpi) instead of fine.
    #[serde(default)]
    #[schema(default = false)]
    is_enhanced: bool,
    /// What goes first among the tenant's own faxes. `urgent` faxes also go outside of the tenant's sending hours.
    #[serde(default)]
    #[schema(default = "normal")]
    priority: PriorityWord,
    /// Not before this time: RFC 3339 with an offset, at most 30 days ahead. In the past: now.
    #[schema(required = false, format = DateTime, example = "2025-08-24T18:00:00-04:00")]
    send_at: Option<String>,
    /// A cover before the document: what it says, or `true` for one that says who sends it to whom.
    #[schema(required = false)]
    cover: Option<CoverBody>,
}

/// Recipients.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) enum NumbersBody {
    /// Separated by commas.
    #[schema(example = "5559876543,5555551234")]
    List(String),
    /// One by one.
    Array(Vec<String>),
}

/// A fax that was accepted: it is stored durably.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentBody {
    /// Always `OK`.
    #[schema(example = "OK")]
    status: &'static str,
    /// Always 200.
    #[schema(example = 200)]
    code: u16,
    /// The transaction's id.
    #[schema(example = "3bca1e12-f50e-4bc2-a667-c67956c051b0")]
    uuid: Uuid,
    /// Always the same sentence.
    #[schema(example = "Fax queued successfully")]
    message: &'static str,
    details: SentDetails,
    /// There, and true, when the fax only goes to the simulator.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    simulated: bool,
}

/// Who will receive a fax.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentDetails {
    /// How many. Numbers that are one destination count once.
    #[schema(example = 2)]
    recipients: usize,
    /// Their numbers, as they were given.
    #[schema(example = json!(["5559876543", "5555551234"]))]
    queued: Vec<String>,
}

impl From<SendReply> for SentBody {
    fn from(reply: SendReply) -> Self {
        Self {
            status: "OK",
            code: 200,
            uuid: reply.fax.uuid(),
            message: "Fax queued successfully",
            details: SentDetails {
                recipients: reply.queued.len(),
                queued: reply.queued,
            },
            simulated: reply.simulated,
        }
    }
}

/// Send a fax
///
/// Queues a fax to one or several recipients. Once this answers 200, the fax is stored durably and survives a restart.
#[utoipa::path(
    post,
    path = "/api/fax/send/",
    tag = "fax",
    operation_id = "send_fax",
    params(
        ("X-Test-Mode" = Option<bool>, Header, description = "`true`: to the simulator, never to a real line."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters. The same key with the same request is answered with the first answer and sends nothing again."),
    ),
    request_body = SendBody,
    responses(
        (status = 200, description = "The fax is queued.", body = SentBody),
        (status = 400, description = "The body is no JSON object, a field is missing or wrong, the file is not there, or a number cannot or may not be dialled.", body = SendErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = SendErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not send.", body = SendErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request.", body = SendErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = SendErrorBody),
    )
)]
pub(crate) async fn send(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::Send, Counted::Send, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let fax = read(request.headers(), &body.bytes)?;
        let key = key(request.headers(), fax.test_mode, &body.bytes)?;
        let answer = answering(StatusCode::OK, |reply: &SendReply| {
            SentBody::from(reply.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.send(&caller, SendRequest { once, ..fax }).await
        })
        .await
    })
    .await
}

fn read(from: &HeaderMap, body: &[u8]) -> Result<SendRequest, Error> {
    let test_mode = headers::test_mode(from)?;
    let mut fields = json::object(body)?;
    let username = fields.text(
        "username",
        64,
        "the sender, one of the tenant's own fax numbers",
    );
    let filename = fields.text("filename", 255, "the name that the upload answered");
    let numbers = numbers(&mut fields);
    let is_enhanced = fields.flag("is_enhanced");
    let priority = fields
        .word("priority", "urgent, normal, bulk")
        .unwrap_or_default();
    let send_at = fields.time("send_at");
    let cover = cover::read(&mut fields);
    fields.finish()?;
    Ok(SendRequest {
        username,
        filename,
        numbers,
        is_enhanced,
        priority,
        send_at,
        test_mode,
        by_mail: ByMail::default(),
        cover,
        once: Once::default(),
    })
}

fn key(from: &HeaderMap, test_mode: bool, body: &[u8]) -> Result<Option<Idempotency>, Error> {
    let key = headers::idempotency_key(from)?;
    Ok(key.map(|key| Idempotency {
        key,
        body_sha256: fingerprint(test_mode, body),
    }))
}

/// What makes two requests the same: a rehearsal is not the real fax, so the test mode counts.
fn fingerprint(test_mode: bool, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([u8::from(test_mode)]);
    hash.update(body);
    hash.finalize().into()
}

/// The recipients: a string of numbers separated by commas, or an array of strings.
fn numbers(fields: &mut Fields) -> String {
    const WHAT: &str = "the recipients, such as \"5559876543,5555551234\"";
    let list = match fields.take("numbers") {
        None => {
            fields.problem("numbers", format!("is required: {WHAT}"));
            return String::new();
        }
        Some(Value::String(list)) => list,
        Some(Value::Array(entries)) => {
            let mut list = Vec::with_capacity(entries.len());
            for (at, entry) in entries.into_iter().enumerate() {
                match entry {
                    Value::String(number) => list.push(number),
                    other => {
                        fields.problem(
                            "numbers",
                            format!("[{at}] must be a string, not {}", kind(&other)),
                        );
                        return String::new();
                    }
                }
            }
            list.join(",")
        }
        Some(other) => {
            fields.problem(
                "numbers",
                format!("must be a string, not {}: {WHAT}", kind(&other)),
            );
            return String::new();
        }
    };
    if list.contains('\0') {
        fields.problem(
            "numbers",
            format!("must not contain a NUL character: {WHAT}"),
        );
    }
    list
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use faxgate_types::Priority;
    use proptest::prelude::*;

    use super::*;

    const DOCUMENTED: &[u8] = br#"{
        "username": "5551234567",
        "filename": "contract.pdf",
        "numbers": "5559876543,5555551234",
        "is_enhanced": false
    }"#;

    fn plain(body: &str) -> Result<SendRequest, Error> {
        read(&HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn the_documented_body_is_read() {
        let fax = read(&HeaderMap::new(), DOCUMENTED).unwrap();
        assert_eq!(fax.username, "5551234567");
        assert_eq!(fax.filename, "contract.pdf");
        assert_eq!(fax.numbers, "5559876543,5555551234");
        assert!(!fax.is_enhanced && !fax.test_mode);
        assert_eq!((fax.priority, fax.send_at), (Priority::Normal, None));
    }

    #[test]
    fn numbers_may_be_an_array_of_strings() {
        let fax = plain(
            r#"{"username":"1","filename":"f","numbers":["5559876543","5555551234"],"other":[]}"#,
        )
        .unwrap();
        assert_eq!(fax.numbers, "5559876543,5555551234");
    }

    #[test]
    fn wrong_types_name_the_field() {
        let problem = |body: &str, field: &str| plain(body).unwrap_err().details[field].join("; ");
        insta::assert_snapshot!(
            problem(r#"{"username":"1","filename":"f","numbers":5}"#, "numbers"),
            @r#"must be a string, not a number: the recipients, such as "5559876543,5555551234""#
        );
        insta::assert_snapshot!(
            problem(r#"{"username":"1","filename":"f","numbers":["5559876543",5]}"#, "numbers"),
            @"[1] must be a string, not a number"
        );
        insta::assert_snapshot!(
            problem(r#"{"username":"1","filename":"f","numbers":"2","is_enhanced":"yes"}"#, "is_enhanced"),
            @"must be true or false, not a string"
        );
        assert_eq!(plain("{}").unwrap_err().details.len(), 3);
        assert!(plain(r#"{"username":"1","filename":"f","numbers":"2\u0000"}"#).is_err());
    }

    #[test]
    fn a_rehearsal_and_the_real_fax_are_different_requests() {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static("idempotency-key"),
            HeaderValue::from_static("k1"),
        );
        let real = key(&headers, false, DOCUMENTED).unwrap().unwrap();
        headers.insert(
            HeaderName::from_static("x-test-mode"),
            HeaderValue::from_static("true"),
        );
        let rehearsal = read(&headers, DOCUMENTED).unwrap();
        assert!(rehearsal.test_mode);
        let rehearsal = key(&headers, true, DOCUMENTED).unwrap().unwrap();
        assert_eq!(real.key, "k1");
        assert_ne!(real.body_sha256, rehearsal.body_sha256);
    }

    #[test]
    fn the_answer_is_the_documented_one() {
        let reply = |simulated| SendReply {
            fax: "3bca1e12-f50e-4bc2-a667-c67956c051b0".parse().unwrap(),
            queued: vec!["5559876543".to_owned(), "5555551234".to_owned()],
            simulated,
        };
        let shown = |simulated| serde_json::to_string(&SentBody::from(reply(simulated))).unwrap();
        insta::assert_snapshot!(shown(false), @r#"{"status":"OK","code":200,"uuid":"3bca1e12-f50e-4bc2-a667-c67956c051b0","message":"Fax queued successfully","details":{"recipients":2,"queued":["5559876543","5555551234"]}}"#);
        assert!(shown(true).ends_with(r#","simulated":true}"#));
    }

    proptest! {
        #[test]
        fn hostile_values_are_refused_or_read_but_never_panic(
            username in any::<String>(),
            numbers in prop::collection::vec(any::<String>(), 0..5),
            flag in any::<Option<bool>>(),
        ) {
            let body = serde_json::json!({"username": username, "filename": "f", "numbers": numbers, "is_enhanced": flag});
            if let Ok(fax) = plain(&body.to_string()) {
                prop_assert!(!fax.username.contains('\0') && !fax.numbers.contains('\0'));
                prop_assert_eq!(fax.is_enhanced, flag.unwrap_or(false));
            }
        }
    }
}
