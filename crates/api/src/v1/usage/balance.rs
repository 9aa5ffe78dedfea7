//! `GET /api/v1/balance`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::BalanceBody;
use super::{asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Balance
///
/// The tenant's prepaid balance. A tenant that was never prepaid has nothing, and needs nothing.
#[utoipa::path(
    get,
    path = "/api/v1/balance",
    tag = "usage",
    operation_id = "balance",
    params(
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "The balance.", body = Envelope<BalanceBody>),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn balance(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let balance = api
            .app
            .balance(&asker(&caller), tenant(&parameters))
            .await?;
        Ok(one(StatusCode::OK, BalanceBody::from(balance)))
    })
    .await
}
