//! `POST /api/v1/contacts/import`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{ImportContacts, ImportReport};

use super::list_of;
use super::model::ImportedContactsBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};
use crate::v1::sheet::{self, CsvBody, CsvForm};

const ENDPOINT: &str = "POST /api/v1/contacts/import";

/// Import contacts
///
/// A table of at most 100,000 lines and 16 MiB, in UTF-8, with commas, semicolons or tabs. Its first line names the columns, in any
/// order: `fax_number` (or fax, phone, …), `name` (or first name and last name), `company`, `email`, `language`, `tags`; every other column
/// is a field of the tenant's own. A number that is in the address book changes its contact: what the table says replaces what was
/// there, what it leaves empty stays, tags come together.
#[utoipa::path(
    post,
    path = "/api/v1/contacts/import",
    tag = "contacts",
    operation_id = "import_contacts",
    params(
        ("list" = Option<Uuid>, Query, description = "A list that they are put on."),
        ("on_error" = Option<String>, Query, description = "`skip`: wrong lines are left out and told of; `refuse`: one of them is enough to take in nothing. `skip` unless said otherwise."),
        ("dry_run" = Option<bool>, Query, description = "`true`: only say what would happen."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body(content((CsvBody = "text/csv"), (CsvForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "What came of it, with every wrong line.", body = Envelope<ImportedContactsBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "It is no table of fax numbers; or, with `on_error=refuse`, a line is wrong: details name the first hundred. Nothing was taken in.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list.", body = EnvelopeErrorBody),
        (status = 409, description = "The tenant would have more contacts than it may have; or the Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
        (status = 413, description = "The table is too large.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn import(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let parameters = Parameters::of(&request)?;
        let manner = sheet::manner(&parameters)?;
        let list = list_of(&parameters)?;
        let sheet = sheet::read(&request, payload, &api).await?;
        let key = once::key(&request, &sheet.bytes)?;
        let answer = answering(StatusCode::OK, |report: &ImportReport| {
            ImportedContactsBody::from(report.clone())
        });
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let import = ImportContacts {
                file: sheet.bytes.clone(),
                list,
                all_or_nothing: manner.all_or_nothing,
                dry_run: manner.dry_run,
                once,
            };
            api.app.import_contacts(&caller, import).await
        })
        .await
    })
    .await
}
