//! `GET /api/v1/events`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::EventQuery;

use super::model::EventBody;
use super::query;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// List events
///
/// What happened in the tenant, oldest first: a page of the log behind the event that `after` names.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    operation_id = "list_events",
    params(
        ("after" = Option<String>, Query, description = "The id of an event: only those behind it."),
        ("types" = Option<String>, Query, description = "Types, separated by commas: only those.", example = "fax.sent,fax.failed"),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
    ),
    responses(
        (status = 200, description = "A page of events.", body = Envelope<Vec<EventBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the key has not the scope `events`.", body = EnvelopeErrorBody),
        (status = 404, description = "The tenant has no event with this id.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Events, async |caller| {
        let parameters = Parameters::of(&request)?;
        let limit = Range::read(&parameters)?.limit;
        let query = EventQuery {
            after: parameters.text("after").map(str::to_owned),
            types: query::types(&parameters)?,
            limit,
        };
        let page = api.app.events(&caller, &query).await?;
        let events: Vec<EventBody> = page.events.into_iter().map(Into::into).collect();
        Ok(listed(events, Some(Paging::behind(limit, page.more))))
    })
    .await
}
