//! `DELETE /api/v1/legal-holds/{hold}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use super::model::HoldBody;
use super::{asker, of_query};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Lift a legal hold
///
/// What it covered is removed when its time is over. That there was a hold, and who placed and lifted it, stays.
#[utoipa::path(
    delete,
    path = "/api/v1/legal-holds/{hold}",
    tag = "records",
    operation_id = "lift_legal_hold",
    params(
        ("hold" = Uuid, Path, description = "The hold's id."),
        ("tenant" = Option<String>, Query, description = "The tenant, by slug or id; for operators. Absent: the caller's own."),
    ),
    responses(
        (status = 200, description = "The hold, lifted.", body = Envelope<HoldBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, the role or the key may not do this, or an operator placed the hold.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such hold, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "It was lifted before.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn lift(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let parameters = Parameters::of(&request)?;
        let tenant = of_query(&parameters, &caller);
        let id = request.match_info().query("hold").parse();
        let id = id.map_err(|_| Error::not_found("NO_SUCH_HOLD", "there is no such legal hold"))?;
        let lifted = api.app.lift_hold(&asker(caller), &tenant, id).await?;
        Ok(one(StatusCode::OK, HoldBody::from(lifted)))
    })
    .await
}
