//! `GET /api/v1/tenants`

use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::TenantBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List tenants
///
/// Every tenant, by slug; for operators. Others see theirs at `/api/v1/auth/clients`.
#[utoipa::path(
    get,
    path = "/api/v1/tenants",
    tag = "tenants",
    operation_id = "list_tenants",
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of tenants.", body = Envelope<Vec<TenantBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let range = Range::read(&Parameters::of(&request)?)?;
        let page = api
            .app
            .tenants_page(&asker(&caller), range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let tenants: Vec<TenantBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(tenants, Some(paging)))
    })
    .await
}
