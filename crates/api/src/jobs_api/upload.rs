//! `POST /v1/uploads`

use actix_web::http::header::LINK;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{DocumentLink, Error, Uploaded};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::invalid::Invalid;
use crate::api::Api;
use crate::error::body::DetailBody;
use crate::fax::upload::{UploadForm, take};
use crate::limits::Counted;

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
        match take(&request, payload, &api, &caller).await {
            Ok(document) => {
                let link = relation(&api.app.document_link(&document.filename));
                let body = UploadBody::from(document);
                Ok(HttpResponse::Ok().insert_header((LINK, link)).json(body))
            }
            Err(error) => refused(error),
        }
    })
    .await
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
