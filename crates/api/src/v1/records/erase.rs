//! `POST /api/v1/tenants/{tenant}/erase`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Erasure, Error};
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::ErasureBody;
use super::{asker, of_path};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::once;
use crate::v1::envelope::{Envelope, answering};

const ENDPOINT: &str = "POST /api/v1/tenants/{tenant}/erase";

/// A tenant to erase.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct EraseBody {
    /// The tenant's slug once more, so that it is not another one by mistake.
    #[schema(example = "acme")]
    confirm: String,
}

/// Erase a tenant
///
/// It is suspended now, and erased with all that it has when the grace that the gateway is set to is over; until then that can be called
/// off. For operators. Refused with calls on the line, and under a legal hold.
#[utoipa::path(
    post,
    path = "/api/v1/tenants/{tenant}/erase",
    tag = "records",
    operation_id = "erase_tenant",
    params(
        ("tenant" = String, Path, description = "The tenant's slug or id."),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters; also as X-Idempotency-Key. The same key with the same request has its effect once."),
    ),
    request_body = EraseBody,
    responses(
        (status = 202, description = "It will be erased.", body = Envelope<ErasureBody>),
        (status = 400, description = "The body is no JSON object, or `confirm` is not the tenant's slug.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
        (status = 409, description = "It has calls on the line, is under a legal hold, or is being erased already; or the Idempotency-Key was used for another request, or its request is under way.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn erase(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let confirm = read(&body.bytes)?;
        let key = once::key(&request, &body.bytes)?;
        let answer = answering(StatusCode::ACCEPTED, |erasure: &Erasure| {
            ErasureBody::from(erasure.clone())
        });
        let tenant = of_path(&request);
        api.once(&caller, ENDPOINT, key, answer, async |once| {
            let asker = asker(caller.clone());
            api.app.erase_tenant(&asker, tenant, &confirm, once).await
        })
        .await
    })
    .await
}

fn read(body: &[u8]) -> Result<String, Error> {
    let mut fields = json::object(body)?;
    let confirm = fields.text("confirm", 64, "the tenant's slug once more");
    fields.finish()?;
    Ok(confirm)
}
