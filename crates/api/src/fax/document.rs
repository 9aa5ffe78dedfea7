//! `GET /api/fax/document/{uuid}/`

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Document, DocumentFormat, Error};
use serde::Serialize;
use utoipa::ToSchema;

use super::fax_of;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::query::{Parameters, wrong};
use crate::limits::Counted;

/// More pages than any fax has.
const LAST_PAGE: u64 = 100_000;

/// In which form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    dead_code,
    reason = "describes the parameter in the OpenAPI document; it is read by its words"
)]
pub(crate) enum FormatWord {
    /// All pages, for people.
    Pdf,
    /// All pages, as they go over the line.
    Tiff,
    /// One page, pixel for pixel.
    Png,
}

/// Pages, in the form that Content-Type tells.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct PagesBody(Vec<u8>);

/// Get a fax's pages
///
/// The pages exactly as they go over the line, or came over it: all as PDF or fax TIFF, or one as PNG.
#[utoipa::path(
    get,
    path = "/api/fax/document/{uuid}/",
    tag = "fax",
    operation_id = "fax_document",
    params(
        ("uuid" = Uuid, Path, description = "The transaction's id."),
        ("format" = Option<FormatWord>, Query, description = "`pdf` when absent."),
        ("page" = Option<u32>, Query, description = "Which page, counted from 1; only with `format=png`.", minimum = 1),
    ),
    responses(
        (status = 200, description = "The pages.", content(
            (PagesBody = "application/pdf"), (PagesBody = "image/tiff"), (PagesBody = "image/png"),
        ), headers(("Content-Disposition" = String, description = "A name to save them under."))),
        (status = 400, description = "The format or the page is none that exists.", body = ErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's.", body = ErrorBody),
        (status = 404, description = "There is no such fax or page, it is another tenant's, or nothing was received.", body = ErrorBody),
        (status = 410, description = "The pages were removed: their time was over.", body = ErrorBody),
        (status = 409, description = "The pages are still being made; see Retry-After.", body = ErrorBody),
    )
)]
pub(crate) async fn document(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::Document, async |caller| {
        let fax = fax_of(&request)?;
        let format = read(&Parameters::of(&request)?)?;
        let document = api.app.document(&caller, fax, format).await?;
        Ok(answer(document))
    })
    .await
}

fn read(parameters: &Parameters) -> Result<DocumentFormat, Error> {
    let page = parameters.number("page", 1, LAST_PAGE)?;
    let format = parameters.word(
        "format",
        &[
            ("pdf", DocumentFormat::Pdf),
            ("tiff", DocumentFormat::Tiff),
            ("png", DocumentFormat::Png { page: 1 }),
        ],
    )?;
    match (format.unwrap_or(DocumentFormat::Pdf), page) {
        (DocumentFormat::Png { .. }, Some(page)) => Ok(DocumentFormat::Png {
            page: u32::try_from(page).unwrap_or(u32::MAX),
        }),
        (format @ DocumentFormat::Png { .. }, None) | (format, None) => Ok(format),
        (_, Some(_)) => Err(wrong(
            "page",
            "goes with format=png; the other formats hold all pages",
        )),
    }
}

fn answer(document: Document) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(document.content_type)
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", safe(&document.file_name)),
        ))
        // Should a browser show it after all, nothing in it runs.
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(document.bytes)
}

/// A name that is safe between quotes, on any file system.
fn safe(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    match name.trim_start_matches('.') {
        "" => "fax".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use bytes::Bytes;

    use super::*;

    fn format(text: &str) -> Result<DocumentFormat, Error> {
        read(&Parameters::of(
            &TestRequest::with_uri(&format!("/?{text}")).to_http_request(),
        )?)
    }

    #[test]
    fn pdf_is_the_default_and_a_page_goes_with_png() {
        assert_eq!(format("").unwrap(), DocumentFormat::Pdf);
        assert_eq!(format("format=tiff").unwrap(), DocumentFormat::Tiff);
        assert_eq!(
            format("format=png").unwrap(),
            DocumentFormat::Png { page: 1 }
        );
        assert_eq!(
            format("format=png&page=7").unwrap(),
            DocumentFormat::Png { page: 7 }
        );
        insta::assert_snapshot!(format("format=gif").unwrap_err(), @"format must be one of pdf, tiff, png");
        insta::assert_snapshot!(format("page=2").unwrap_err(), @"page goes with format=png; the other formats hold all pages");
        insta::assert_snapshot!(format("format=png&page=0").unwrap_err(), @"page must be a whole number from 1 to 100000");
    }

    #[test]
    fn the_answer_cannot_run_and_has_a_safe_name() {
        let response = answer(Document {
            bytes: Bytes::from_static(b"%PDF-1.7"),
            content_type: "application/pdf",
            file_name: "../fäx\"\r\nX: y.pdf".to_owned(),
        });
        let headers = response.headers();
        assert_eq!(headers.get("Content-Type").unwrap(), "application/pdf");
        assert_eq!(
            headers.get("Content-Disposition").unwrap(),
            "attachment; filename=\"_f_x___X__y.pdf\""
        );
        assert_eq!(
            headers.get("Content-Security-Policy").unwrap(),
            "sandbox; default-src 'none'"
        );
        assert_eq!(safe("..."), "fax");
    }
}
