//! `GET /api/v1/usage`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::UsageBody;
use super::{asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Usage
///
/// What the tenant used, by day on its calendar, and all together. A call counts on the day on which it was begun, a fax that came in on the day on which
/// it was taken in. Test faxes count nothing.
#[utoipa::path(
    get,
    path = "/api/v1/usage",
    tag = "usage",
    operation_id = "usage",
    params(
        ("from" = Option<String>, Query, description = "The first day, YYYY-MM-DD on the tenant's calendar; the 31 days up to `to` if absent."),
        ("to" = Option<String>, Query, description = "The last day; today if absent. At most ten years in all."),
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "What was used.", body = Envelope<UsageBody>),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let (from, to) = (parameters.text("from"), parameters.text("to"));
        let report = api
            .app
            .usage_report(&asker(&caller), tenant(&parameters), from, to)
            .await?;
        Ok(one(StatusCode::OK, UsageBody::from(report)))
    })
    .await
}
