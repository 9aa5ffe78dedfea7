//! `GET /api/v1/numbers`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::NumberBody;
use super::{asker, whose};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List numbers
///
/// The tenant's numbers; for operators, with `all`, every tenant's.
#[utoipa::path(
    get,
    path = "/api/v1/numbers",
    tag = "numbers",
    operation_id = "list_numbers",
    params(
        ("all" = Option<bool>, Query, description = "`true`: every tenant's; for operators."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of numbers.", body = Envelope<Vec<NumberBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let parameters = Parameters::of(&request)?;
        let (of, range) = (whose(&parameters)?, Range::read(&parameters)?);
        let asker = asker(caller);
        let page = api
            .app
            .numbers(&asker, &of, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let numbers: Vec<NumberBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(numbers, Some(paging)))
    })
    .await
}
