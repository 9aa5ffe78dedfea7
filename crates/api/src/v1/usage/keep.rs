//! `PUT /api/v1/balance`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, Prepaid};

use super::model::{BalanceBody, KeepBody};
use super::{amount, asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Set how a balance is kept
///
/// Whether calls that are begun from now on need money, and when the tenant is told that little is left. For operators.
#[utoipa::path(
    put,
    path = "/api/v1/balance",
    tag = "usage",
    operation_id = "keep_balance",
    params(
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    request_body = KeepBody,
    responses(
        (status = 200, description = "The balance.", body = Envelope<BalanceBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn keep(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let prepaid = read(&body.bytes)?;
        let balance = api
            .app
            .set_prepaid(&asker(&caller), tenant(&parameters), prepaid)
            .await?;
        Ok(one(StatusCode::OK, BalanceBody::from(balance)))
    })
    .await
}

fn read(body: &[u8]) -> Result<Prepaid, Error> {
    let mut fields = json::object(body)?;
    if !fields.has("prepaid") {
        fields.problem("prepaid", "is required: true or false");
    }
    let on = fields.flag("prepaid");
    let low_mark = match fields.is_null("low_mark") {
        true => Some(None),
        false => amount(&mut fields, "low_mark").map(Some),
    };
    fields.finish()?;
    Ok(Prepaid { on, low_mark })
}
