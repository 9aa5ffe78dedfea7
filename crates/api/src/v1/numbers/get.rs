//! `GET /api/v1/numbers/{number}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::NumberBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// A number
///
/// One of the tenant's numbers; operators find every tenant's.
#[utoipa::path(
    get,
    path = "/api/v1/numbers/{number}",
    tag = "numbers",
    operation_id = "get_number",
    params(
        ("number" = String, Path, description = "The number's id, or the number itself: +E.164, or as the tenant's country writes it."),
    ),
    responses(
        (status = 200, description = "The number.", body = Envelope<NumberBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such number, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let number = api.app.number(&asker(caller), &named(&request)).await?;
        Ok(one(StatusCode::OK, NumberBody::from(number)))
    })
    .await
}
