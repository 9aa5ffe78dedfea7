//! `GET /api/v1/contacts`

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ContactBody;
use super::query;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List contacts
///
/// The tenant's contacts, by name.
#[utoipa::path(
    get,
    path = "/api/v1/contacts",
    tag = "contacts",
    operation_id = "list_contacts",
    params(
        ("q" = Option<String>, Query, description = "Only those with this in their name, company, number or e-mail address."),
        ("list" = Option<String>, Query, description = "Only members of this list, by its id."),
        ("tag" = Option<String>, Query, description = "Only those with this tag."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
                ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of contacts.", body = Envelope<Vec<ContactBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Contacts, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let mut query = query(&parameters)?;
        (query.limit, query.offset) = (range.limit, range.offset);
        let page = api.app.contacts(&caller, &query).await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let contacts: Vec<ContactBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(contacts, Some(paging)))
    })
    .await
}
