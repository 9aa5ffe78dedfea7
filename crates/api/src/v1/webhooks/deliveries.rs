//! `GET /api/v1/webhooks/{webhook}/deliveries`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::DeliveryQuery;
use faxgate_types::DeliveryState;

use super::model::DeliveryBody;
use super::{asker, named, time};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

const STATES: &[(&str, DeliveryState)] = &[
    ("pending", DeliveryState::Pending),
    ("sending", DeliveryState::Sending),
    ("delivered", DeliveryState::Delivered),
    ("failed", DeliveryState::Failed),
];

/// List deliveries
///
/// What was sent to an endpoint, or waits to be, newest first. Kept for `webhooks_out.log_days` days.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook}/deliveries",
    tag = "webhooks out",
    operation_id = "list_webhook_deliveries",
    params(
        ("webhook" = Uuid, Path, description = "The endpoint's id."),
        ("status" = Option<String>, Query, description = "Only those that are `pending`, `sending`, `delivered` or `failed`."),
        ("since" = Option<String>, Query, description = "Only those that came to be then or later (RFC 3339)."),
        ("until" = Option<String>, Query, description = "Only those that came to be before then (RFC 3339)."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of deliveries.", body = Envelope<Vec<DeliveryBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such endpoint, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn deliveries(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Webhooks, async |caller| {
        let id = named(&request)?;
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let query = DeliveryQuery {
            state: parameters.word("status", STATES)?,
            since: time(&parameters, "since")?,
            until: time(&parameters, "until")?,
            limit: range.limit,
            offset: range.offset,
        };
        let asker = asker(caller);
        let page = api.app.webhook_deliveries(&asker, id, query).await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let deliveries: Vec<DeliveryBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(deliveries, Some(paging)))
    })
    .await
}
