//! `GET /api/v1/users`

use actix_web::{HttpRequest, HttpResponse, web};

use super::asker;
use super::model::UserBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List users
///
/// By name: everybody for operators, those of their tenant for administrators.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "users",
    operation_id = "list_users",
    params(
        ("tenant" = Option<String>, Query, description = "Only those of this tenant, by slug or id."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of users.", body = Envelope<Vec<UserBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role may not do this, or the key has not the scope `people`.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is not the caller's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::People, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let tenant = parameters.text("tenant");
        let page = api
            .app
            .people(&asker(&caller), tenant, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.people.len());
        let people: Vec<_> = page.people.iter().map(UserBody::from).collect();
        Ok(listed(people, Some(paging)))
    })
    .await
}
