//! `GET /api/v1/balance/entries`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::EntryBody;
use super::{asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List the changes of a balance
///
/// Every change there ever was, latest first. Entries are never changed.
#[utoipa::path(
    get,
    path = "/api/v1/balance/entries",
    tag = "usage",
    operation_id = "balance_entries",
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "A page of entries.", body = Envelope<Vec<EntryBody>>),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn entries(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let page = api
            .app
            .balance_entries(
                &asker(&caller),
                tenant(&parameters),
                range.limit,
                range.offset,
            )
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let entries: Vec<EntryBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(entries, Some(paging)))
    })
    .await
}
