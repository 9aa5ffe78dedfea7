//! `GET /api/v1/contacts/export.csv`

use actix_web::{HttpRequest, HttpResponse, web};

use super::query;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::sheet::{self, CsvBody};

/// Export contacts
///
/// As a table that the import reads back. A cell that a spreadsheet could take for a formula has an apostrophe before it, which the
/// import takes away.
#[utoipa::path(
    get,
    path = "/api/v1/contacts/export.csv",
    tag = "contacts",
    operation_id = "export_contacts",
    params(
        ("q" = Option<String>, Query, description = "Only those with this in their name, company, number or e-mail address."),
        ("list" = Option<String>, Query, description = "Only members of this list, by its id."),
        ("tag" = Option<String>, Query, description = "Only those with this tag."),
    ),
    responses(
        (status = 200, description = "The table.", content((CsvBody = "text/csv"))),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn export(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let query = query(&Parameters::of(&request)?)?;
        let table = api.app.export_contacts(&caller, &query).await?;
        Ok(sheet::answer("contacts.csv", table))
    })
    .await
}
