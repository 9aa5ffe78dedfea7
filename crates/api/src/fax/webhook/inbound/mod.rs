//! `POST /api/fax/webhook/inbound/`: somebody received a fax for us.

mod freeswitch;
mod signature;
mod telnyx;
mod trust;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use faxgate_core::{Error, Notice, NoticeFile};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::fields::Fields;
use crate::extract::{body, headers, json};
use crate::multipart::{Part, Parts, clean};

/// A notice was stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedBody {
    /// Always `accepted`.
    #[schema(example = "accepted")]
    status: &'static str,
    /// Always the same sentence.
    #[schema(example = "Fax received and queued for processing")]
    message: &'static str,
}

/// A notice, in one of the two shapes.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
#[schema(as = InboundNotice)]
pub(crate) enum NoticeBody {
    /// From FreeSWITCH.
    #[schema(title = "FreeSWITCH")]
    FreeSwitch(freeswitch::FreeSwitchBody),
    /// In the shape of Telnyx.
    #[schema(title = "Telnyx")]
    Telnyx(telnyx::TelnyxBody),
}

/// Tell of an inbound fax
///
/// For FreeSWITCH's hook and whoever speaks like it. The notice is stored before this answers; a second one of the same
/// call is answered alike and changes nothing. With `multipart/form-data`, the notice comes in a part `payload` and the
/// TIFF in a part `file`.
#[utoipa::path(
    post,
    path = "/api/fax/webhook/inbound/",
    tag = "webhooks",
    operation_id = "inbound_fax",
    security(("signature" = [])),
    request_body(content((NoticeBody = "application/json"), (freeswitch::NoticeForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "The notice is stored, or was already.", body = AcceptedBody),
        (status = 400, description = "The body is in neither shape, a field is wrong, or file_path leads out of the spool folder.", body = ErrorBody),
        (status = 401, description = "The signature is missing or wrong.", body = ErrorBody),
        (status = 403, description = "No secret is configured (FAXGATE_WEBHOOK__INBOUND_SECRET).", body = ErrorBody),
        (status = 413, description = "The body is too large (65 MiB; 1 MiB for JSON).", body = ErrorBody),
    )
)]
pub(crate) async fn inbound(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async || take(&request, payload, &api).await;
    api.enter_notice(&request, Scope::Webhook, false, work)
        .await
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<HttpResponse, Error> {
    let trust = trust::of(request, &api.options)?;
    let shape = Shape::of(request.headers())?;
    let limit = match shape {
        Shape::Json => json::LIMIT,
        Shape::Form => api.options.inbound_limit_bytes,
    };
    let body = body::read(request.headers(), payload, limit, &api.room).await?;
    trust.check(&body.bytes)?;
    let notice = match shape {
        Shape::Json => notice(json::object(&body.bytes)?)?,
        Shape::Form => form(request.headers(), body.bytes.clone(), limit).await?,
    };
    // The first delivery and every later one are answered alike.
    let _ = api.app.receive(notice).await?;
    Ok(HttpResponse::Ok().json(AcceptedBody {
        status: "accepted",
        message: "Fax received and queued for processing",
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Json,
    Form,
}

impl Shape {
    fn of(from: &HeaderMap) -> Result<Self, Error> {
        match headers::media_type(from)?.as_deref() {
            None | Some("application/json") => Ok(Self::Json),
            Some("multipart/form-data") => Ok(Self::Form),
            Some(_) => {
                let message = "send the notice as application/json or as multipart/form-data";
                Err(Error::bad_input("UNSUPPORTED_MEDIA_TYPE", message)
                    .field("Content-Type", message))
            }
        }
    }
}

/// A notice without a file of its own.
fn notice(mut fields: Fields) -> Result<Notice, Error> {
    if fields.has("data") {
        return telnyx::read(&mut fields).map(Notice::Telnyx);
    }
    if fields.has("event") {
        return freeswitch::read(&mut fields).map(|notice| Notice::FreeSwitch(notice.into()));
    }
    Err(Error::bad_input(
        "INVALID_NOTICE",
        "the body is neither a FreeSWITCH notice (event, uuid, from, to, …) nor a Telnyx one (data.event_type, data.id, …)",
    )
    .field("event", "is required: fax.received or fax.failed"))
}

/// A notice in a form: `payload`, then `file` when there are pages.
async fn form(headers: &HeaderMap, body: Bytes, limit: u64) -> Result<Notice, Error> {
    let mut parts = Parts::new(headers, stream::iter([Ok(body)]), limit);
    let mut payload = None;
    let mut file = None;
    while let Some((part, field)) = parts.next().await? {
        let Part { name, file_name } = part;
        match name.as_str() {
            "payload" if payload.is_none() => payload = Some(parts.read(field).await?),
            "file" if file.is_none() => {
                file = Some((
                    clean(&file_name.unwrap_or_default()),
                    parts.read(field).await?,
                ));
            }
            "payload" | "file" => {
                return Err(wrong_part(&name, "there is more than one; send it once"));
            }
            _ => parts.skip(field).await?,
        }
    }
    let payload =
        payload.ok_or_else(|| wrong_part("payload", "is required: the notice as JSON"))?;
    let mut fields = json::object(&payload)?;
    let mut read = freeswitch::read(&mut fields)?;
    if let Some((name, bytes)) = file {
        read.notice.file = NoticeFile::Bytes {
            name,
            bytes,
            sha256: read.file_sha256.take(),
        };
    }
    Ok(Notice::FreeSwitch(read.into()))
}

fn wrong_part(name: &str, problem: &str) -> Error {
    Error::bad_input("INVALID_NOTICE", format!("part {name} {problem}")).field(name, problem)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use faxgate_core::ReceptionEvent;
    use proptest::prelude::*;

    use super::*;

    const FREESWITCH: &str = r#"{
        "event": "fax.received",
        "uuid": "abc123-def456",
        "from": "+15551234567",
        "to": "+15559876543",
        "pages": 2,
        "duration": 30,
        "file_path": "/var/spool/fax/rxfax/abc123.tif",
        "timestamp": "2025-08-24T10:30:00Z"
    }"#;

    const TELNYX: &str = r#"{
        "data": {
            "event_type": "fax.received",
            "id": "fax_123456",
            "connection_id": "conn_789",
            "from": "+15551234567",
            "to": "+15559876543",
            "status": "received",
            "page_count": 2,
            "media_url": "https://api.telnyx.com/v2/faxes/fax_123456/media",
            "created_at": "2025-08-24T10:30:00Z"
        }
    }"#;

    fn json_notice(text: &str) -> Result<Notice, Error> {
        notice(json::object(text.as_bytes())?)
    }

    #[test]
    fn both_documented_bodies_are_read() {
        insta::assert_debug_snapshot!("freeswitch_notice", json_notice(FREESWITCH).unwrap());
        insta::assert_debug_snapshot!("telnyx_notice", json_notice(TELNYX).unwrap());
    }

    #[test]
    fn a_body_in_neither_shape_is_refused_with_both() {
        let error = json_notice("{}").unwrap_err();
        assert_eq!((error.kind.http(), error.code), (400, "INVALID_NOTICE"));
        assert!(error.message.contains("FreeSWITCH") && error.message.contains("Telnyx"));
    }

    #[test]
    fn only_the_two_media_types_are_taken() {
        let of = |media_type| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            Shape::of(&headers)
        };
        assert_eq!(of("application/json; charset=utf-8").unwrap(), Shape::Json);
        assert_eq!(of("multipart/form-data; boundary=b").unwrap(), Shape::Form);
        assert_eq!(Shape::of(&HeaderMap::new()).unwrap(), Shape::Json);
        assert_eq!(of("text/plain").unwrap_err().code, "UNSUPPORTED_MEDIA_TYPE");
    }

    async fn multipart(parts: &[(&str, &str)]) -> Result<Notice, Error> {
        let mut text = String::new();
        for (head, content) in parts {
            text.push_str(&format!(
                "--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
            ));
        }
        text.push_str("--b--\r\n");
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("multipart/form-data; boundary=b"),
        );
        form(&headers, Bytes::from(text), 1 << 20).await
    }

    const PAYLOAD: &str = r#"{"event":"fax.received","uuid":"8c4b","from":"","to":"+15559876543","pages":1,
        "duration":9,"file_path":null,"timestamp":"2025-08-24T10:30:00Z","file_name":"8c4b.tif","file_sha256":"9e"}"#;

    #[actix_web::test]
    async fn a_form_brings_its_file_along() {
        let pages = "II*\0".repeat(100_000);
        let parts = [
            ("name=\"payload\"", PAYLOAD),
            ("name=\"file\"; filename=\"8c4b.tif\"", pages.as_str()),
        ];
        let Notice::FreeSwitch(notice) = multipart(&parts).await.unwrap() else {
            panic!("a FreeSWITCH notice");
        };
        let NoticeFile::Bytes {
            name,
            bytes,
            sha256,
        } = notice.file
        else {
            panic!("the file's bytes");
        };
        assert_eq!(
            (name.as_str(), bytes.len(), sha256.as_deref()),
            ("8c4b.tif", 400_000, Some("9e"))
        );
    }

    #[actix_web::test]
    async fn a_form_without_pages_has_the_payload_alone() {
        let payload = PAYLOAD.replace("fax.received", "fax.failed");
        let Notice::FreeSwitch(notice) = multipart(&[("name=\"payload\"", payload.as_str())])
            .await
            .unwrap()
        else {
            panic!("a FreeSWITCH notice");
        };
        assert_eq!(notice.event, ReceptionEvent::Failed);
        assert!(matches!(notice.file, NoticeFile::None));
    }

    #[actix_web::test]
    async fn a_form_without_a_payload_or_with_two_is_refused() {
        let file = ("name=\"file\"; filename=\"a.tif\"", "II*");
        let payload = ("name=\"payload\"", PAYLOAD);
        for parts in [
            vec![file],
            vec![payload, payload],
            vec![payload, file, file],
            vec![],
        ] {
            assert_eq!(multipart(&parts).await.unwrap_err().kind.http(), 400);
        }
    }

    proptest! {
        #[test]
        fn hostile_texts_are_cut_and_cleaned_but_never_panic(
            from in any::<String>(), to in any::<String>(), station in any::<String>(), uuid in "[a-z0-9-]{1,40}",
        ) {
            let body = serde_json::json!({"event": "fax.received", "uuid": uuid, "from": from, "to": to, "remote_station_id": station});
            if let Ok(Notice::FreeSwitch(notice)) = json_notice(&body.to_string()) {
                for text in [&notice.from, &notice.to, notice.remote_station_id.as_ref().unwrap_or(&notice.to)] {
                    prop_assert!(text.chars().count() <= 64 && !text.chars().any(char::is_control));
                }
            }
        }
    }
}
