//! `DELETE /api/v1/numbers/{number}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Released;

use super::model::NumberBody;
use super::{asker, flag, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Release a number
///
/// Gives a number up. One that a carrier has is given back to it, which takes a moment: until then its status is `releasing`, and
/// nothing can be sent from it. What comes in for it afterwards belongs to nobody.
#[utoipa::path(
    delete,
    path = "/api/v1/numbers/{number}",
    tag = "numbers",
    operation_id = "release_number",
    params(
        ("number" = String, Path, description = "The number's id, or the number itself: +E.164, or as the tenant's country writes it."),
        ("keep_at_carrier" = Option<bool>, Query, description = "`true`: it is only taken from the tenant, and stays in the account."),
    ),
    responses(
        (status = 200, description = "It is gone.", body = Envelope<NumberBody>),
        (status = 202, description = "Its carrier is being told.", body = Envelope<NumberBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such number, or it is another tenant's.", body = EnvelopeErrorBody),
        (status = 409, description = "Faxes wait to be sent from it.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn release(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let keep = flag(&Parameters::of(&request)?, "keep_at_carrier")?;
        let released = api
            .app
            .release_number(&asker(caller), &named(&request), keep)
            .await?;
        Ok(match released {
            Released::Gone(number) => one(StatusCode::OK, NumberBody::released(number)),
            Released::Releasing(number) => one(StatusCode::ACCEPTED, NumberBody::from(number)),
        })
    })
    .await
}
