//! `POST /api/fax/upload/`

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use faxgate_core::{Error, Idempotency, Once, Upload, Uploaded};
use futures_util::Stream;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::room::Place;
use crate::extract::{body, headers};
use crate::limits::Counted;
use crate::multipart::{Parts, clean};
use crate::once::{answering, key_of};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /api/fax/upload";

/// What a form needs besides the file: boundaries, headers, small fields.
const WRAPPING: u64 = 64 * 1024;

/// A form with one file.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read part by part"
)]
pub(crate) struct UploadForm {
    /// PDF, TIFF, PNG, JPEG, GIF or BMP; recognised by its content, not by its name.
    #[schema(content_media_type = "application/octet-stream")]
    file: String,
}

/// A document that was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct UploadedBody {
    /// Always `OK`.
    #[schema(example = "OK")]
    status: &'static str,
    /// The name to send it by.
    #[schema(example = "a4b5c6d7-e8f9-1234-5678-90abcdef1234.pdf")]
    filename: String,
    /// The name it came with, without folders and control characters.
    #[schema(example = "document.pdf")]
    original_name: String,
    /// Bytes.
    #[schema(example = 245_678)]
    size: u64,
    /// Pages.
    #[schema(example = 3)]
    pages: u32,
}

impl From<Uploaded> for UploadedBody {
    fn from(document: Uploaded) -> Self {
        Self {
            status: "OK",
            filename: document.filename,
            original_name: document.original_name,
            size: document.size,
            pages: document.pages,
        }
    }
}

/// Upload a document
///
/// Takes in one document to be faxed. It is opened at once: one that cannot be faxed is refused with the reason, and the
/// page count is known.
#[utoipa::path(
    post,
    path = "/api/fax/upload/",
    tag = "fax",
    operation_id = "upload_file",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same file under the same name is taken in once, and gets the same answer."),
    ),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The document was taken in.", body = UploadedBody),
        (status = 400, description = "There is no file, or it cannot be faxed: not a supported kind, damaged, encrypted, empty, too many pages.", body = ErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not send.", body = ErrorBody),
        (status = 413, description = "The file is too large (10 MiB unless configured otherwise). Told from Content-Length, before the body is read.", body = ErrorBody),
    )
)]
pub(crate) async fn upload(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::Upload, async |caller| {
        let Form { upload, _place } = read(&request, payload, &api).await?;
        let key = key(&request, &upload)?;
        let answer = answering(StatusCode::CREATED, |document: &Uploaded| {
            UploadedBody::from(document.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            api.app.upload(&caller, Upload { once, ..upload }).await
        })
        .await
    })
    .await
}

/// A form that was read, with its place in memory.
pub(crate) struct Form {
    /// Its file.
    pub(crate) upload: Upload,
    /// To be kept while the file is in memory.
    pub(crate) _place: Place,
}

/// Reads the form.
///
/// # Errors
/// `NO_FILE`, `TOO_MANY_FILES`, `FILE_TOO_LARGE`, and those of a form that cannot be read.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<Form, Error> {
    check_type(request.headers())?;
    let limit = api.options.upload_limit_bytes;
    let declared = body::declared(request.headers(), limit.saturating_add(WRAPPING))
        .map_err(|_| too_large(limit))?;
    let place = api.room.take(declared.unwrap_or(limit))?;
    Ok(Form {
        upload: one_file(request.headers(), payload, limit).await?,
        _place: place,
    })
}

/// The request's idempotency key: the same file under the same name is the same request, however the form is cut.
pub(crate) fn key(request: &HttpRequest, upload: &Upload) -> Result<Option<Idempotency>, Error> {
    key_of(request, &[upload.original_name.as_bytes(), &upload.bytes])
}

fn too_large(limit: u64) -> Error {
    let message = format!("The file is too large; at most {limit} bytes are taken");
    Error::too_large("FILE_TOO_LARGE", message.clone()).field("file", message)
}

fn no_file(why: &str) -> Error {
    Error::bad_input("NO_FILE", "No file provided").field("file", why)
}

fn check_type(from: &HeaderMap) -> Result<(), Error> {
    match headers::media_type(from)?.as_deref() {
        Some("multipart/form-data") => Ok(()),
        _ => Err(no_file(
            "send the file as multipart/form-data, in a part named file",
        )),
    }
}

/// The form's one file.
async fn one_file<S>(headers: &HeaderMap, stream: S, limit: u64) -> Result<Upload, Error>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + 'static,
{
    let mut parts = Parts::new(headers, stream, limit.saturating_add(WRAPPING));
    let mut file: Option<Upload> = None;
    while let Some((part, field)) = parts.next().await? {
        match (part.name.as_str(), part.file_name) {
            ("file", Some(name)) if file.is_none() => {
                let bytes = parts.read(field).await.map_err(|error| match error.code {
                    "BODY_TOO_LARGE" => too_large(limit),
                    _ => error,
                })?;
                if bytes.len() as u64 > limit {
                    return Err(too_large(limit));
                }
                file = Some(Upload {
                    original_name: clean(&name),
                    bytes,
                    once: Once::default(),
                });
            }
            ("file", None) => {
                return Err(no_file(
                    "the part named file is text; send it as a file, with a filename",
                ));
            }
            (_, Some(_)) if file.is_some() => {
                let message = "Send one file in one request";
                return Err(Error::bad_input("TOO_MANY_FILES", message).field("file", message));
            }
            (name, Some(_)) => {
                let name: String = clean(name).chars().take(40).collect();
                return Err(no_file(&format!(
                    "the file is in a part named {name}; name it file"
                )));
            }
            (_, None) => parts.skip(field).await?,
        }
    }
    file.ok_or_else(|| no_file("send the file in a part named file"))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    /// Runs the parts of a form, in small pieces, against a limit of 100 bytes.
    async fn form(parts: &[(&str, &str)]) -> Result<Upload, Error> {
        let mut text = String::new();
        for (head, content) in parts {
            text.push_str(&format!(
                "--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
            ));
        }
        text.push_str("--b--\r\n");
        raw(text.into_bytes()).await
    }

    async fn raw(bytes: Vec<u8>) -> Result<Upload, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("multipart/form-data; boundary=b"),
        );
        let pieces: Vec<_> = bytes
            .chunks(7)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        one_file(&headers, stream::iter(pieces), 100).await
    }

    #[actix_web::test]
    async fn the_part_named_file_is_taken() {
        let upload = form(&[
            ("name=\"note\"", "hello"),
            ("name=\"file\"; filename=\"../document.pdf\"", "%PDF"),
        ])
        .await
        .unwrap();
        assert_eq!(upload.original_name, "document.pdf");
        assert_eq!(upload.bytes, "%PDF");
    }

    #[actix_web::test]
    async fn a_name_outside_ascii_comes_through_in_both_notations() {
        for head in [
            "name=\"file\"; filename=\"Sözleşme.pdf\"",
            "name=\"file\"; filename*=utf-8''S%C3%B6zle%C5%9Fme.pdf",
        ] {
            assert_eq!(
                form(&[(head, "x")]).await.unwrap().original_name,
                "Sözleşme.pdf"
            );
        }
    }

    #[actix_web::test]
    async fn without_a_file_the_answer_says_where_to_put_it() {
        for (parts, hint) in [
            (vec![], "send the file in a part named file"),
            (
                vec![("name=\"file\"", "text")],
                "the part named file is text; send it as a file, with a filename",
            ),
            (
                vec![("name=\"doc\"; filename=\"a.pdf\"", "%PDF")],
                "the file is in a part named doc; name it file",
            ),
        ] {
            let error = form(&parts).await.unwrap_err();
            assert_eq!(error.message, "No file provided");
            assert_eq!(error.details["file"], [hint]);
        }
    }

    #[actix_web::test]
    async fn a_second_file_is_refused() {
        let one = ("name=\"file\"; filename=\"a.pdf\"", "%PDF");
        let error = form(&[one, one]).await.unwrap_err();
        assert_eq!(error.code, "TOO_MANY_FILES");
    }

    #[actix_web::test]
    async fn a_file_beyond_the_limit_is_413() {
        let head = "name=\"file\"; filename=\"a.pdf\"";
        assert_eq!(
            form(&[(head, &"x".repeat(100))]).await.unwrap().bytes.len(),
            100
        );
        let error = form(&[(head, &"x".repeat(101))]).await.unwrap_err();
        assert_eq!((error.kind.http(), error.code), (413, "FILE_TOO_LARGE"));
    }

    #[actix_web::test]
    async fn a_form_that_breaks_off_is_400() {
        let whole =
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncontent";
        for end in 0..whole.len() {
            let error = raw(whole[..end].to_vec()).await.unwrap_err();
            assert_eq!(error.kind.http(), 400, "cut at {end}");
        }
    }

    #[actix_web::test]
    async fn a_form_without_a_boundary_is_400() {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("multipart/form-data"),
        );
        let error = one_file(&headers, stream::empty(), 100).await.unwrap_err();
        assert_eq!(error.code, "INVALID_MULTIPART");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_form_makes_it_panic(text in r#"(--b|--b--|\r\n|Content-Disposition: form-data; |name="file"|; filename="a"|[a-z\x00-\xff]){0,40}"#) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _ = runtime.block_on(raw(text.into_bytes()));
        }
    }
}
