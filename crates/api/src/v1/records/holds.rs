//! `GET /api/v1/legal-holds`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::HoldBody;
use super::{asker, flag, of_query};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List legal holds
///
/// The holds on what the tenant has, oldest first; for its administrators.
#[utoipa::path(
    get,
    path = "/api/v1/legal-holds",
    tag = "records",
    operation_id = "list_legal_holds",
    params(
        ("tenant" = Option<String>, Query, description = "The tenant, by slug or id; for operators. Absent: the caller's own."),
        ("lifted" = Option<bool>, Query, description = "`true`: also those that were lifted."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of holds.", body = Envelope<Vec<HoldBody>>),
        (status = 400, description = "A parameter is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is none of the caller's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let parameters = Parameters::of(&request)?;
        let (range, lifted) = (Range::read(&parameters)?, flag(&parameters, "lifted")?);
        let tenant = of_query(&parameters, &caller);
        let (holds, total) = api
            .app
            .holds(&asker(caller), &tenant, lifted, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, total, holds.len());
        let holds: Vec<HoldBody> = holds.into_iter().map(Into::into).collect();
        Ok(listed(holds, Some(paging)))
    })
    .await
}
