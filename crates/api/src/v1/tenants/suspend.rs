//! `POST /api/v1/tenants/{tenant}/suspend`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::model::{SuspendBody, TenantBody};
use super::{asker, named};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::json;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Suspend a tenant
///
/// Its people are refused with the reason, and no call is placed for it; calls on the line end as they do, what waits stays, and what
/// comes in is taken in. Doing it again changes the reason. For operators.
#[utoipa::path(
    post,
    path = "/api/v1/tenants/{tenant}/suspend",
    tag = "tenants",
    operation_id = "suspend_tenant",
    params(("tenant" = String, Path, description = "The tenant's slug or id.")),
    request_body = SuspendBody,
    responses(
        (status = 200, description = "The tenant, suspended.", body = Envelope<TenantBody>),
        (status = 400, description = "The body is no JSON object, or the reason is missing or too long.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant, or it is somebody else's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn suspend(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Tenants, async |caller| {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let mut fields = json::object(&body.bytes)?;
        let reason = fields.text("reason", 2000, "why; the tenant's people are told");
        fields.finish()?;
        let tenant = api
            .app
            .suspend_tenant(&asker(&caller), named(&request), &reason)
            .await?;
        Ok(one(StatusCode::OK, TenantBody::from(tenant)))
    })
    .await
}
