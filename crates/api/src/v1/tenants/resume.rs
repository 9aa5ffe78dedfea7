//! `POST /api/v1/tenants/{tenant}/resume`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::TenantBody;
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Let a tenant go on
///
/// Its people are let in again, and what has waited is sent. One that is not suspended stays as it is. For operators.
#[utoipa::path(
    post,
    path = "/api/v1/tenants/{tenant}/resume",
    tag = "tenants",
    operation_id = "resume_tenant",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    responses(
        (status = 200, description = "The tenant.", body = Envelope<TenantBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is somebody else's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn resume(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let tenant = api
            .app
            .resume_tenant(&asker(&caller), named(&request))
            .await?;
        Ok(one(StatusCode::OK, TenantBody::from(tenant)))
    })
    .await
}
