//! `DELETE /api/v1/prices`

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

/// Take a tenant's own prices away
///
/// The gateway's prices hold for calls that are begun from now on. For operators.
#[utoipa::path(
    delete,
    path = "/api/v1/prices",
    tag = "usage",
    operation_id = "drop_prices",
    params(
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "The prices that hold.", body = Envelope<PricesBody>),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn drop_prices(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let prices = api
            .app
            .set_prices(&asker(&caller), tenant(&parameters), None)
            .await?;
        Ok(one(StatusCode::OK, PricesBody::from(prices)))
    })
    .await
}
