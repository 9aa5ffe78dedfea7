//! `GET /api/v1/numbers/carrier`

use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::AccountNumberBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, listed};

/// List the account's numbers
///
/// What the account at the carrier has, with whose each number is here; for operators.
#[utoipa::path(
    get,
    path = "/api/v1/numbers/carrier",
    tag = "numbers",
    operation_id = "list_account_numbers",
    params(
        ("page" = Option<u32>, Query, description = "The carrier's page, from 1.", minimum = 1),
    ),
    responses(
        (status = 200, description = "A page of numbers.", body = Envelope<Vec<AccountNumberBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn carrier(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let page = Parameters::of(&request)?.number("page", 1, 1_000_000)?;
        let page = u32::try_from(page.unwrap_or(1)).unwrap_or(u32::MAX);
        let found = api.app.account_numbers(&asker(caller), page).await?;
        let numbers: Vec<AccountNumberBody> = found.numbers.into_iter().map(Into::into).collect();
        Ok(listed(numbers, Some(Paging::page(page, found.more))))
    })
    .await
}
