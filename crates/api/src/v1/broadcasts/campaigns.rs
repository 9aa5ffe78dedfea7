//! `/api/v1/campaigns`: broadcasts under the names of the campaign API. A campaign is a broadcast: the same ids, the same bodies, the
//! same effect.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::{
    AddRecipientsBody, AddedRecipientsBody, BroadcastBody, NewBroadcastBody, RecipientsLinkBody,
    ScheduleBody,
};
use super::{create as creating, link, look, named, recipients, schedule as scheduling};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};
use crate::v1::sheet::{CsvBody, CsvForm};

/// Make a campaign
///
/// As `POST /api/v1/broadcasts`.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns",
    tag = "campaigns",
    operation_id = "create_campaign",
    params(
        ("X-Test-Mode" = Option<bool>, Header, description = "`true`: to the simulator only."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = NewBroadcastBody,
    responses(
        (status = 201, description = "The campaign.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is no JSON object, or a field, a number or the sender is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such list or contact.", body = EnvelopeErrorBody),
        (status = 409, description = "The Idempotency-Key was used for another request.", body = EnvelopeErrorBody),
        (status = 503, description = "X-Test-Mode: true, and this gateway has no simulator.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        creating::make(&request, payload, &api, caller).await
    })
    .await
}

/// List campaigns
///
/// As `GET /api/v1/broadcasts`.
#[utoipa::path(
    get,
    path = "/api/v1/campaigns",
    tag = "campaigns",
    operation_id = "list_campaigns",
    params(
        ("status" = Option<String>, Query, description = "Only those in this state."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
                ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of campaigns.", body = Envelope<Vec<BroadcastBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        look::page(&request, &api, &caller).await
    })
    .await
}

/// A campaign
///
/// As `GET /api/v1/broadcasts/{broadcast}`.
#[utoipa::path(
    get,
    path = "/api/v1/campaigns/{broadcast}",
    tag = "campaigns",
    operation_id = "get_campaign",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The campaign.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let broadcast = api.app.broadcast(&caller, named(&request)?).await?;
        Ok(one(StatusCode::OK, BroadcastBody::from(broadcast)))
    })
    .await
}

/// Upload campaign contacts
///
/// As `POST /api/v1/broadcasts/{broadcast}/recipients`.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns/{broadcast}/contacts",
    tag = "campaigns",
    operation_id = "add_campaign_contacts",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("on_error" = Option<String>, Query, description = "`skip`: wrong lines are left out and told of; `refuse`: one of them is enough to take in nothing. `skip` unless said otherwise."),
        ("dry_run" = Option<bool>, Query, description = "`true`: only say what would happen."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body(content((AddRecipientsBody = "application/json"), (CsvBody = "text/csv"), (CsvForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "What came of it, with every wrong line.", body = Envelope<AddedRecipientsBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "The body is neither JSON nor a table of fax numbers, a number is wrong, or there are too many; with `on_error=refuse` also when a line is wrong: details name the first hundred.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, list or contact, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
        (status = 413, description = "The table is too large.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn contacts(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        recipients::take(&request, payload, &api, caller).await
    })
    .await
}

/// Ask for a link for contacts
///
/// As `POST /api/v1/broadcasts/{broadcast}/recipients/presign`.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns/{broadcast}/contacts/presign",
    tag = "campaigns",
    operation_id = "presign_campaign_contacts",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The link, good for an hour.", body = Envelope<RecipientsLinkBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn presign(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        link::make(&request, &api, &caller).await
    })
    .await
}

/// Schedule a campaign
///
/// As `POST /api/v1/broadcasts/{broadcast}/schedule`.
#[utoipa::path(
    post,
    path = "/api/v1/campaigns/{broadcast}/schedule",
    tag = "campaigns",
    operation_id = "schedule_campaign",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = ScheduleBody,
    responses(
        (status = 200, description = "The campaign.", body = Envelope<BroadcastBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 400, description = "It has no recipients, or send_at is no time or too far ahead.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "The broadcast is in a state that does not allow it: it has started.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn schedule(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        scheduling::set(&request, payload, &api, caller).await
    })
    .await
}
