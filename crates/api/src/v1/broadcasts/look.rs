//! `GET /api/v1/broadcasts` and `GET /api/v1/broadcasts/{broadcast}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Caller, Error};
use faxgate_types::BroadcastState;

use super::model::BroadcastBody;
use super::named;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed, one};

/// List broadcasts
///
/// The tenant's broadcasts, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/broadcasts",
    tag = "broadcasts",
    operation_id = "list_broadcasts",
    params(
        ("status" = Option<String>, Query, description = "Only those in this state."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
                ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of broadcasts.", body = Envelope<Vec<BroadcastBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        page(&request, &api, &caller).await
    })
    .await
}

pub(super) async fn page(
    request: &HttpRequest,
    api: &Api,
    caller: &Caller,
) -> Result<HttpResponse, Error> {
    let parameters = Parameters::of(request)?;
    let range = Range::read(&parameters)?;
    let words: Vec<_> = BroadcastState::ALL
        .iter()
        .map(|state| (state.as_str(), *state))
        .collect();
    let state = parameters.word("status", &words)?;
    let page = api
        .app
        .broadcasts(caller, state, range.limit, range.offset)
        .await?;
    let paging = Paging::of(range, page.total, page.results.len());
    let broadcasts: Vec<BroadcastBody> = page.results.into_iter().map(Into::into).collect();
    Ok(listed(broadcasts, Some(paging)))
}

/// A broadcast
///
/// How it stands. Its counts are at most a few seconds old: nobody counts recipients to look.
#[utoipa::path(
    get,
    path = "/api/v1/broadcasts/{broadcast}",
    tag = "broadcasts",
    operation_id = "get_broadcast",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
    ),
    responses(
        (status = 200, description = "The broadcast.", body = Envelope<BroadcastBody>),
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
