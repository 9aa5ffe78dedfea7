//! `POST /v1/uploads`

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LINK};
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Caller, DocumentLink, Error, Upload, Uploaded};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::invalid::Invalid;
use crate::api::Api;
use crate::error::body::DetailBody;
use crate::fax::upload::{Form, UploadForm, key, read};
use crate::limits::Counted;
use crate::once::{Answered, answering};

/// Part of the idempotency keys.
const ENDPOINT: &str = "POST /v1/uploads";

/// A document that was taken in.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentUpload)]
pub(crate) struct UploadBody {
    /// Its id, to send it by.
    document_upload_id: Uuid,
    /// What it is, by its content.
    #[schema(example = "application/pdf")]
    mime_type: &'static str,
    /// Pages.
    #[schema(example = 3)]
    page_count: u32,
    /// SHA-256 of its bytes, in hex.
    checksum: String,
    /// Bytes.
    #[schema(example = 245_678)]
    file_size_bytes: u64,
}

impl From<Uploaded> for UploadBody {
    fn from(document: Uploaded) -> Self {
        Self {
            document_upload_id: document.id.uuid(),
            mime_type: document.media_type,
            page_count: document.pages,
            checksum: document.sha256,
            file_size_bytes: document.size,
        }
    }
}

/// Upload a document
///
/// Takes in one document to be faxed. The header `Link` has a link to it for whoever has no token.
#[utoipa::path(
    post,
    path = "/v1/uploads",
    tag = "jobs",
    operation_id = "upload_document",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same file under the same name is taken in once, and gets the same answer."),
    ),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The document was taken in.", body = UploadBody,
            headers(("Link" = String, description = "`<…>; rel=\"alternate\"`: the document itself, for an hour."))),
        (status = 400, description = "It cannot be faxed: not a supported kind, damaged, encrypted, empty, too large, too many pages.", body = DetailBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = DetailBody),
        (status = 403, description = "The tenant is not the user's, or the role may not send.", body = DetailBody),
        (status = 422, description = "There is no file.", body = Invalid),
    )
)]
pub(crate) async fn upload(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_job(&request, Counted::Upload, async |caller| {
        let Form { upload, _place } = match read(&request, payload, &api).await {
            Ok(form) => form,
            Err(error) => return refused(error),
        };
        let key = key(&request, &upload)?;
        let answer = answering(StatusCode::OK, |document: &Uploaded| {
            UploadBody::from(document.clone())
        });
        let work = async |once| api.app.upload(&caller, Upload { once, ..upload }).await;
        match api.carry_out(&caller, ENDPOINT, key, answer, work).await {
            Ok(answered) => {
                let link = fresh_link(&api, &caller, &answered).await?;
                let mut response = answered.respond();
                if let Some(link) = link {
                    response.headers_mut().insert(LINK, link);
                }
                Ok(response)
            }
            Err(error) => refused(error),
        }
    })
    .await
}

/// A link that is good from now on, also where the answer is an older one.
async fn fresh_link(
    api: &Api,
    caller: &Caller,
    answered: &Answered,
) -> Result<Option<HeaderValue>, Error> {
    #[derive(Deserialize)]
    struct Named {
        document_upload_id: String,
    }
    let named: Named = serde_json::from_str(&answered.answer.body).map_err(Error::internal)?;
    let id = named.document_upload_id.parse().map_err(Error::internal)?;
    let name = api.app.document_name(caller, id).await?;
    let link = name.map(|name| HeaderValue::from_str(&relation(&api.app.document_link(&name))));
    link.transpose().map_err(Error::internal)
}

/// `Link` (RFC 8288), relative to the address that the client knows us by.
fn relation(link: &DocumentLink) -> String {
    let DocumentLink {
        key,
        expires,
        signature,
    } = link;
    format!("</v1/uploads/public/{key}?exp={expires}&sig={signature}>; rel=\"alternate\"")
}

/// The statuses that clients of the example know.
fn refused(error: Error) -> Result<HttpResponse, Error> {
    match error.code {
        "NO_FILE" => {
            let hints = error.details.into_values().flatten();
            let hint = hints.fold("Field required".to_owned(), |text, hint| {
                format!("{text}: {hint}")
            });
            Ok(Invalid::field("file", "missing", hint).answer())
        }
        "FILE_TOO_LARGE" => Err(Error::bad_input(error.code, error.message)),
        _ => Err(error),
    }
}
