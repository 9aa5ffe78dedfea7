//! `GET` and `DELETE /api/v1/tenants/{tenant}/erase`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::ErasureBody;
use super::{asker, of_path};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// How the erasing of a tenant stands
///
/// Also of one that is gone. For operators.
#[utoipa::path(
    get,
    path = "/api/v1/tenants/{tenant}/erase",
    tag = "records",
    operation_id = "get_erasure",
    params(("tenant" = String, Path, description = "The tenant's slug or id; of one that is gone, its id.")),
    responses(
        (status = 200, description = "How it stands.", body = Envelope<ErasureBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "Nobody asked for that.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let erasure = api.app.erasure(&asker(caller), of_path(&request)).await?;
        Ok(one(StatusCode::OK, ErasureBody::from(erasure)))
    })
    .await
}

/// Call the erasing of a tenant off
///
/// As long as it has not begun. The tenant stays suspended until it is resumed. For operators.
#[utoipa::path(
    delete,
    path = "/api/v1/tenants/{tenant}/erase",
    tag = "records",
    operation_id = "call_erasure_off",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    responses(
        (status = 200, description = "It will not be erased; how it stood.", body = Envelope<ErasureBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "Nobody asked for that.", body = EnvelopeErrorBody),
        (status = 409, description = "It has begun.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn call_off(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let erasure = api
            .app
            .call_erasure_off(&asker(caller), of_path(&request))
            .await?;
        Ok(one(StatusCode::OK, ErasureBody::from(erasure)))
    })
    .await
}
