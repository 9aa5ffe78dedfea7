//! `GET /api/v1/broadcasts/{broadcast}/results.csv`

use actix_web::{HttpRequest, HttpResponse, web};

use super::{named, state};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::sheet::{self, CsvBody};

/// Results of a broadcast
///
/// All recipients with what became of each, as a table. A cell that a spreadsheet could take for a formula has an apostrophe before it.
#[utoipa::path(
    get,
    path = "/api/v1/broadcasts/{broadcast}/results.csv",
    tag = "broadcasts",
    operation_id = "broadcast_results",
    params(
        ("broadcast" = Uuid, Path, description = "The broadcast's id."),
        ("status" = Option<String>, Query, description = "Only those in this state."),
    ),
    responses(
        (status = 200, description = "The table.", content((CsvBody = "text/csv"))),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such broadcast, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn results(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Broadcasts, async |caller| {
        let state = state(&Parameters::of(&request)?)?;
        let table = api
            .app
            .broadcast_results(&caller, named(&request)?, state)
            .await?;
        Ok(sheet::answer("results.csv", table))
    })
    .await
}
