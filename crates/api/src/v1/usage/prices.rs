//! `GET /api/v1/prices`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::PricesBody;
use super::{asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Prices
///
/// What the tenant is charged: its own prices, or the gateway's. For administrators.
#[utoipa::path(
    get,
    path = "/api/v1/prices",
    tag = "usage",
    operation_id = "prices",
    params(
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "The prices.", body = Envelope<PricesBody>),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn prices(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let prices = api.app.prices(&asker(&caller), tenant(&parameters)).await?;
        Ok(one(StatusCode::OK, PricesBody::from(prices)))
    })
    .await
}
