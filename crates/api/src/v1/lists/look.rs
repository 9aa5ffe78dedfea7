//! `GET /api/v1/lists` and `GET /api/v1/lists/{list}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ListBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed, one};

/// List lists
///
/// The tenant's lists of contacts, by name. Who is on one: `GET /api/v1/contacts?list=…`.
#[utoipa::path(
    get,
    path = "/api/v1/lists",
    tag = "contacts",
    operation_id = "list_lists",
    params(
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
                ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of lists.", body = Envelope<Vec<ListBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let range = Range::read(&Parameters::of(&request)?)?;
        let page = api.app.lists(&caller, range.limit, range.offset).await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let lists: Vec<ListBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(lists, Some(paging)))
    })
    .await
}

/// A list
#[utoipa::path(
    get,
    path = "/api/v1/lists/{list}",
    tag = "contacts",
    operation_id = "get_list",
    params(
        ("list" = Uuid, Path, description = "The list's id."),
    ),
    responses(
        (status = 200, description = "The list.", body = Envelope<ListBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let list = api.app.contact_list(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, ListBody::from(list)))
    })
    .await
}
