//! Tables as bodies: CSV as such, or as a file in a form.

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use faxgate_core::Error;
use utoipa::ToSchema;

use crate::api::Api;
use crate::extract::query::Parameters;
use crate::extract::room::Place;
use crate::extract::{body, headers};
use crate::multipart::Parts;

/// Bytes that a table may have.
pub(crate) const LIMIT: u64 = 16 * 1024 * 1024;
/// What a form needs besides the file: boundaries, headers, small fields.
const WRAPPING: u64 = 64 * 1024;

/// A table: lines of cells, the first of which names the columns.
#[derive(ToSchema)]
#[schema(value_type = String, example = "fax_number,name,company\n+13125550100,Ann Lee,Acme\n")]
pub(crate) struct CsvBody(
    #[expect(dead_code, reason = "describes the body in the OpenAPI document")] String,
);

/// A form with a table.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read part by part"
)]
pub(crate) struct CsvForm {
    /// The CSV file.
    #[schema(content_media_type = "text/csv")]
    file: String,
}

/// A table that came in, and its place in the room.
pub(crate) struct Sheet {
    pub(crate) bytes: Bytes,
    _place: Option<Place>,
    _body: Option<body::Body>,
}

/// Whether the body says that it is a table, or a form.
pub(crate) fn is_one(request: &HttpRequest) -> Result<bool, Error> {
    let media_type = headers::media_type(request.headers())?;
    Ok(media_type
        .is_some_and(|media_type| is_csv(&media_type) || media_type == "multipart/form-data"))
}

fn is_csv(media_type: &str) -> bool {
    matches!(
        media_type,
        "text/csv"
            | "application/csv"
            | "text/plain"
            | "application/vnd.ms-excel"
            | "application/octet-stream"
    )
}

/// Reads a table: `text/csv`, or a form with a file in a part named `file`.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`, `NO_FILE`, and those of a body that does not come whole.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    api: &Api,
) -> Result<Sheet, Error> {
    match headers::media_type(request.headers())?.as_deref() {
        Some("multipart/form-data") => form(request, payload, api).await,
        Some(media_type) if is_csv(media_type) => {
            let body = body::read(request.headers(), payload, LIMIT, &api.room).await?;
            Ok(Sheet {
                bytes: body.bytes.clone(),
                _place: None,
                _body: Some(body),
            })
        }
        _ => {
            let message =
                "send the table as text/csv, or as multipart/form-data in a part named file";
            Err(Error::bad_input("UNSUPPORTED_MEDIA_TYPE", message).field("Content-Type", message))
        }
    }
}

async fn form(request: &HttpRequest, payload: web::Payload, api: &Api) -> Result<Sheet, Error> {
    let most = LIMIT + WRAPPING;
    let declared = body::declared(request.headers(), most)?;
    let place = api.room.take(declared.unwrap_or(most))?;
    let mut parts = Parts::new(request.headers(), payload, most);
    let mut file = None;
    while let Some((part, field)) = parts.next().await? {
        match part.name.as_str() {
            "file" if file.is_none() => file = Some(parts.read(field).await?),
            _ => parts.skip(field).await?,
        }
    }
    let bytes = file.ok_or_else(|| {
        Error::bad_input("NO_FILE", "No file provided")
            .field("file", "send the table in a part named file")
    })?;
    Ok(Sheet {
        bytes,
        _place: Some(place),
        _body: None,
    })
}

/// How a table is taken in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) all_or_nothing: bool,
    pub(crate) dry_run: bool,
}

/// What `on_error` and `dry_run` say.
///
/// # Errors
/// `INVALID_QUERY`.
pub(crate) fn manner(parameters: &Parameters) -> Result<Manner, Error> {
    let all_or_nothing = parameters.word("on_error", &[("skip", false), ("refuse", true)])?;
    let dry_run = parameters.word("dry_run", &[("true", true), ("false", false)])?;
    Ok(Manner {
        all_or_nothing: all_or_nothing.unwrap_or_default(),
        dry_run: dry_run.unwrap_or_default(),
    })
}

/// A table as an answer, to be saved under this name.
pub(crate) fn answer(name: &str, table: Vec<u8>) -> actix_web::HttpResponse {
    use actix_web::http::header::CONTENT_DISPOSITION;
    actix_web::HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(table)
}
